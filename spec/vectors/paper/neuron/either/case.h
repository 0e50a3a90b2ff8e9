/* paper/neuron/either */
#ifndef ASF_BP_PAPER_NEURON_EITHER_H
#define ASF_BP_PAPER_NEURON_EITHER_H
#include <stdint.h>

enum { T = 8, B = 1 };
static const float layer1_Vth = 0x1p+0f;
static const float layer1_leak = 0x1p+0f;
static const float layer2_Vth = 0x1p+0f;
static const float layer2_leak = 0x1p+0f;
static const float layer1_current[16] = { 0x1.333334p-2f, 0x1.666666p-1f, 0x1.333334p-1f, 0x1.99999ap-3f, 0x1.99999ap-4f, 0x1.99999ap-4f, 0x1.99999ap-2f, 0x1.333334p-2f, 0x1.99999ap-3f, 0x1p-1f, 0x1.99999ap-4f, 0x1.ccccccp-1f, 0x1.666666p-1f, 0x1.99999ap-3f, 0x1.333334p-2f, 0x1.99999ap-2f };
static const float layer2_current[16] = { 0x1p-1f, 0x1.99999ap-4f, 0x1.99999ap-3f, 0x1.333334p-2f, 0x0p+0f, 0x0p+0f, 0x1.666666p-1f, 0x1.99999ap-4f, 0x1.99999ap-3f, 0x1.ccccccp-1f, 0x1p+0f, 0x0p+0f, 0x0p+0f, 0x0p+0f, 0x1.333334p-2f, 0x1.333334p-1f };
static const float expected_layer1_compared[16] = { 0x1.333334p-2f, 0x1.666666p-1f, 0x1.cccccep-1f, 0x1.ccccccp-1f, 0x1p+0f, 0x1p+0f, 0x1.99999ap-2f, 0x1.333334p-2f, 0x1.333334p-1f, 0x1.99999ap-1f, 0x1.666668p-1f, 0x1.b33334p+0f, 0x1.666668p+0f, 0x1.99999ap-3f, 0x1.333334p-2f, 0x1.333334p-1f };
static const double low_layer1_compared[] = { 0x1.333334p-2, 0x1.666666p-1, 0x1.cccccep-1, 0x1.cccccab333169p-1, 0x1.ffffff3fffdeap-1, 0x1.fffffbf332f34p-1, -0x1.9999a826675b2p+0, -0x1.6666742667569p-1, -0x1.1999a40ccd87bp+1, -0x1.06666f3333d59p+2, -0x1.a6667556677c6p+1, -0x1.0cccd8d99a7fep+2, -0x1.00000aa800cbp+2, -0x1.066672980104p+3, -0x1.f999b09001e18p+2, -0x1.066674de67a74p+3 };
static const double high_layer1_compared[] = { 0x1.333334p-2, 0x1.666666p-1, 0x1.cccccep-1, 0x1.ccccce4ccce97p-1, 0x1.000001a00010bp+0, 0x1.000001c666866p+0, 0x1.33333a9333ad9p+1, 0x1.a66669e999d5cp+1, 0x1.b3333dcccd87cp+1, 0x1.46666f3333d59p+2, 0x1.2cccd45b33be3p+2, 0x1.c0000bd99a7ffp+2, 0x1.b3333dd800cb1p+2, 0x1.13333f680104p+3, 0x1.10000b8800f0cp+3, 0x1.2cccdb4e67a74p+3 };
static const float expected_layer1_potential[16] = { 0x1.333334p-2f, 0x1.666666p-1f, 0x1.cccccep-1f, 0x1.ccccccp-1f, 0x1p+0f, 0x1p+0f, 0x1.99999ap-2f, 0x1.333334p-2f, 0x1.333334p-1f, 0x1.99999ap-1f, 0x1.666668p-1f, 0x1.b33334p+0f, 0x1.666668p+0f, 0x1.99999ap-3f, 0x1.333334p-2f, 0x1.333334p-1f };
static const double low_layer1_potential[] = { 0x1.333334p-2, 0x1.666666p-1, 0x1.cccccep-1, 0x1.cccccab333169p-1, -0x1.000001a00010bp+0, -0x1.000001c666867p+0, -0x1.33333a9333ad9p+1, -0x1.a66669e999d5cp+1, -0x1.b3333dcccd87cp+1, -0x1.46666f3333d59p+2, -0x1.2cccd45b33be3p+2, -0x1.c0000bd99a7fep+2, -0x1.b3333dd800cb2p+2, -0x1.13333f680104p+3, -0x1.10000b8800f0cp+3, -0x1.2cccdb4e67a74p+3 };
static const double high_layer1_potential[] = { 0x1.333334p-2, 0x1.666666p-1, 0x1.cccccep-1, 0x1.ccccce4ccce97p-1, 0x1.8000017000087p+1, 0x1.800000c333435p+1, 0x1.9999a11333adap+1, 0x1.79999b64cceaep+2, 0x1.26666bc666c3ep+2, 0x1.86666f3333d5ap+2, 0x1.86666e0b33be4p+2, 0x1.39999f6ccd3ffp+3, 0x1.3333388400659p+3, 0x1.20000c380104p+3, 0x1.23333ec800f0cp+3, 0x1.533341be67a74p+3 };
static const float expected_layer2_potential[16] = { 0x1p-1f, 0x1.99999ap-4f, 0x1.666666p-1f, 0x1.99999ap-2f, 0x1.666666p-1f, 0x1.99999ap-2f, 0x1.666666p+0f, 0x1p-1f, 0x1.99999ap+0f, 0x1.666666p+0f, 0x1.4cccccp+1f, 0x1.666666p+0f, 0x1.4cccccp+1f, 0x1.666666p+0f, 0x1.733332p+1f, 0x1p+1f };
static const double low_layer2_potential[] = { 0x1p-1, 0x1.99999ap-4, 0x1.6666651999831p-1, 0x1.999998e6664bcp-2, 0x1.666663b333035p-1, 0x1.9999974ccc948p-2, 0x1.6666637333023p+0, 0x1.fffffbcccc6d1p-2, 0x1.9999951999497p+0, 0x1.6666638ccc9cp+0, 0x1.4cccc93fffbecp+1, 0x1.666662266619fp+0, 0x1.4cccc7f332d63p+1, 0x1.666660bfff951p+0, 0x1.73332cffff823p+1, 0x1.fffff8bfff69cp+0 };
static const double high_layer2_potential[] = { 0x1p-1, 0x1.99999ap-4, 0x1.666667e6667cfp-1, 0x1.99999c1999b44p-2, 0x1.6666694cccfcbp-1, 0x1.99999db3336b8p-2, 0x1.6666690cccfddp+0, 0x1.0000031999c97p-1, 0x1.99999de666b69p+0, 0x1.666668f33364p+0, 0x1.4cccd04000414p+1, 0x1.66666a5999e61p+0, 0x1.4cccd18ccd29dp+1, 0x1.66666bc0006afp+0, 0x1.73333980007ddp+1, 0x1.000003e0004b2p+1 };
static const float expected_layer1_potential_end[2] = { 0x1.333334p-2f, 0x1.333334p-1f };
static const double low_layer1_potential_end[] = { -0x1.10000b8800f0cp+3, -0x1.2cccdb4e67a74p+3 };
static const double high_layer1_potential_end[] = { 0x1.23333ec800f0cp+3, 0x1.533341be67a74p+3 };
static const float expected_layer2_potential_end[2] = { 0x1.733332p+1f, 0x1p+1f };
static const double low_layer2_potential_end[] = { 0x1.73332cffff823p+1, 0x1.fffff8bfff69cp+0 };
static const double high_layer2_potential_end[] = { 0x1.73333980007ddp+1, 0x1.000003e0004b2p+1 };
static const int32_t expected_layer1_spikes[16] = { 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0 };
static const double low_layer1_spikes[] = { 0x0p+0, 0x0p+0, 0x0p+0, 0x0p+0, 0x0p+0, -0x1.0000000000001p+0, -0x1.0000000000001p+0, 0x0p+0, -0x1.0000000000001p+0, -0x1.0000000000001p+0, -0x1.0000000000001p+0, 0x0p+0, 0x0p+0, -0x1.0000000000001p+0, -0x1.0000000000001p+0, -0x1.0000000000001p+0 };
static const double high_layer1_spikes[] = { 0x0p+0, 0x0p+0, 0x0p+0, 0x0p+0, 0x1.0000000000001p+1, 0x1.0000000000001p+0, 0x1.0000000000001p+0, 0x1.0000000000001p+1, 0x1.0000000000001p+0, 0x1.0000000000001p+0, 0x1.0000000000001p+0, 0x1.0000000000001p+1, 0x1.0000000000001p+1, 0x1.0000000000001p+0, 0x1.0000000000001p+0, 0x1.0000000000001p+0 };

#endif
