/* authors/update/still */
#ifndef ASF_BP_AUTHORS_UPDATE_STILL_H
#define ASF_BP_AUTHORS_UPDATE_STILL_H
#include <stdint.h>

enum { T = 4, B = 1 };
static const float layer1_Vth = 0x1p+0f;
static const float layer1_leak = 0x1p+0f;
static const float layer2_Vth = 0x1p+0f;
static const float layer2_leak = 0x1p+0f;
static const float layer1_weight[4] = { 0x1p-1f, -0x1p-2f, 0x0p+0f, 0x1p+0f };
static const float layer2_weight[4] = { 0x1p+0f, 0x1p+1f, -0x1p+0f, 0x1p-1f };
static const float layer1_dw[4] = { 0x0p+0f, 0x1p-3f, 0x0p+0f, -0x1p+1f };
static const float layer2_dw[4] = { 0x1p+0f, 0x0p+0f, 0x1p-1f, 0x0p+0f };
static const int32_t step[1] = { 3 };
static const float learningRate[1] = { 0x1.0624dep-10f };
static const float weightDecay[1] = { 0x1.0624dep-11f };
static const float layer1_m_before[4] = { 0x1p-1f, 0x0p+0f, 0x0p+0f, 0x1p-2f };
static const float layer2_m_before[4] = { 0x0p+0f, 0x0p+0f, 0x0p+0f, 0x1p+0f };
static const float layer1_v_before[4] = { 0x1p-2f, 0x1p-1f, 0x0p+0f, 0x1p+0f };
static const float layer2_v_before[4] = { 0x1p+0f, 0x0p+0f, 0x1p-3f, 0x1p+0f };
static const float expected_layer1_m[4] = { 0x1.ccd35ap-2f, 0x1.9930bep-7f, 0x0p+0f, 0x1.9a6b4p-6f };
static const double low_layer1_m[] = { 0x1.ccd351855268fp-2, 0x1.9930b13dd863bp-7, -0x1.0000000666669p-100, 0x1.9a6aa243ef9b1p-6 };
static const double high_layer1_m[] = { 0x1.ccd36385bcbedp-2, 0x1.9930cade01ed3p-7, 0x1.0000000666669p-100, 0x1.9a6bff1df55dfp-6 };
static const float expected_layer2_m[4] = { 0x1.99ce06p-4f, 0x1.a36e3p-14f, 0x1.9930bep-5f, 0x1.ccd012p-1f };
static const double low_layer2_m[] = { 0x1.99cdfa90fe7b9p-4, 0x1.a36e2196519bp-14, 0x1.9930b13dd863bp-5, 0x1.ccd00aa90f3c6p-1 };
static const double high_layer2_m[] = { 0x1.99ce142de1287p-4, 0x1.a36e3bcd36ca6p-14, 0x1.9930cade01ed3p-5, 0x1.ccd01ca945246p-1 };
static const float expected_layer1_v[4] = { 0x1.ff7ceep-3f, 0x1.ff8104p-2f, 0x0p+0f, 0x1.00c47ap+0f };
static const double low_layer1_v[] = { 0x1.ff7ce1969f9adp-3, 0x1.ff80f80f2319dp-2, -0x1.0000000000001p-100, 0x1.00c4740e44587p+0 };
static const double high_layer1_v[] = { 0x1.ff7cf9907ccd9p-3, 0x1.ff81100962cc9p-2, 0x1.0000000000001p-100, 0x1.00c48023c98e3p+0 };
static const float expected_layer2_v[4] = { 0x1.00001p+0f, 0x1.12e0c2p-30f, 0x1.004146p-3f, 0x1.ff7ceep-1f };
static const double low_layer2_v[] = { 0x1.00000ac67ffc9p+0, 0x1.12e0b19fe342fp-30, 0x1.0041401f64f9ap-3, 0x1.ff7ce1950349cp-1 };
static const double high_layer2_v[] = { 0x1.000016c995065p+0, 0x1.12e0cb64f7903p-30, 0x1.00414c28a399ep-3, 0x1.ff7cf98ee07c6p-1 };
static const float expected_layer1_weight_after[4] = { 0x1.ffd05p-2f, -0x1.0000fp-2f, 0x0p+0f, 0x1.ffff56p-1f };
static const double low_layer1_weight_after[] = { 0x1.ffd04e2c3ee19p-2, -0x1.0000f08711bp-2, -0x1.685afbae7c8a5p-82, 0x1.ffff54747dc62p-1 };
static const double high_layer1_weight_after[] = { 0x1.ffd0523294845p-2, -0x1.0000ee86e85aep-2, 0x1.685afbae7c8a5p-82, 0x1.ffff58751e0fcp-1 };
static const float expected_layer2_weight_after[4] = { 0x1.fffd5ap-1f, 0x1.ffd622p+0f, -0x1.0001dep+0f, 0x1.ffd05p-2f };
static const double low_layer2_weight_after[] = { 0x1.fffd57d355aa3p-1, 0x1.ffd620a837cd2p+0, -0x1.0001df95b7d14p+0, 0x1.ffd04e830ccefp-2 };
static const double high_layer2_weight_after[] = { 0x1.fffd5bd3bfe99p-1, 0x1.ffd624afbdd54p+0, -0x1.0001dd9565584p+0, 0x1.ffd0528962643p-2 };

#endif
