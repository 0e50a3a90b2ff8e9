/* authors/backward/gate */
#ifndef ASF_BP_AUTHORS_BACKWARD_GATE_H
#define ASF_BP_AUTHORS_BACKWARD_GATE_H
#include <stdint.h>

enum { T = 4, B = 1 };
static const float layer1_Vth = 0x1p+0f;
static const float layer1_leak = 0x1p+0f;
static const float layer2_Vth = 0x1p+0f;
static const float layer2_leak = 0x1p+0f;
static const int32_t label[1] = { 1 };
static const float layer2_weight[8] = { 0x1p+0f, 0x1p-1f, -0x1p-1f, 0x1p+1f, -0x1p+0f, 0x1p+0f, 0x1p-2f, 0x1p-1f };
static const int32_t input_FO[2] = { 3, -2 };
static const float layer1_FI[4] = { -0x1p+0f, 0x0p+0f, 0x1p+1f, 0x1p-1f };
static const int32_t layer1_FO[4] = { 0, 0, 2, 1 };
static const int32_t scale_update[1] = { 0 };
static const float layer1_S_before[1] = { 0x1p-1f };
static const float layer1_S[1] = { 0x1p-1f };
static const float output[2] = { 0x1p-1f, 0x1p+0f };
static const float expected_layer1_dFO[4] = { 0x1p-2f, 0x1p-3f, -0x1p-3f, 0x1p-1f };
static const float expected_layer1_dFI[4] = { 0x0p+0f, 0x0p+0f, -0x1p-4f, 0x1p-2f };
static const float expected_layer2_dFI[2] = { 0x1p-2f, 0x0p+0f };
static const float expected_layer1_dw[8] = { 0x0p+0f, 0x0p+0f, 0x0p+0f, 0x0p+0f, -0x1.8p-3f, 0x1p-3f, 0x1.8p-1f, -0x1p-1f };
static const float expected_layer2_dw[8] = { 0x0p+0f, 0x0p+0f, 0x1p-1f, 0x1p-2f, 0x0p+0f, 0x0p+0f, 0x0p+0f, 0x0p+0f };

#endif
