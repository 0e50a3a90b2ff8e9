/* authors/neuron/either */
#ifndef ASF_BP_AUTHORS_NEURON_EITHER_H
#define ASF_BP_AUTHORS_NEURON_EITHER_H
#include <stdint.h>

enum { T = 8, B = 1 };
static const float layer1_Vth = 0x1p+0f;
static const float layer1_leak = 0x1p+0f;
static const float layer2_Vth = 0x1p+0f;
static const float layer2_leak = 0x1p+0f;
static const float layer1_current[16] = { 0x1.333334p-2f, 0x1.666666p-1f, 0x1.333334p-1f, 0x1.99999ap-3f, 0x1.99999ap-4f, 0x1.99999ap-4f, 0x1.99999ap-2f, 0x1.333334p-2f, 0x1.99999ap-3f, 0x1p-1f, 0x1.99999ap-4f, 0x1.ccccccp-1f, 0x1.666666p-1f, 0x1.99999ap-3f, 0x1.333334p-2f, 0x1.99999ap-2f };
static const float layer2_current[16] = { 0x1p-1f, 0x1.99999ap-4f, 0x1.99999ap-3f, 0x1.333334p-2f, 0x0p+0f, 0x0p+0f, 0x1.666666p-1f, 0x1.99999ap-4f, 0x1.99999ap-3f, 0x1.ccccccp-1f, 0x1p+0f, 0x0p+0f, 0x0p+0f, 0x0p+0f, 0x1.333334p-2f, 0x1.333334p-1f };
static const float expected_layer1_compared[16] = { 0x1.333334p-2f, 0x1.666666p-1f, 0x1.cccccep-1f, 0x1.ccccccp-1f, 0x1p+0f, 0x1p+0f, 0x1.666666p+0f, 0x1.4cccccp+0f, 0x1.99999ap-3f, 0x1p-1f, 0x1.333334p-2f, 0x1.666666p+0f, 0x1p+0f, 0x1.99999ap-3f, 0x1.4cccccp+0f, 0x1.333334p-1f };
static const double low_layer1_compared[] = { 0x1.333334p-2, 0x1.666666p-1, 0x1.cccccep-1, 0x1.cccccab333169p-1, 0x1.ffffff3fffdeap-1, 0x1.fffffbf332f34p-1, -0x1.9999a02666c22p+0, -0x1.6666742667569p-1, -0x1.1999a00ccd333p+1, -0x1.06666a9999e2p+2, -0x1.a6667156671fep+1, -0x1.0cccd44000832p+2, -0x1.000008a80098cp+2, -0x1.06666c18006acp+3, -0x1.f999a65ccdb9ep+2, -0x1.06666e5e6701p+3 };
static const double high_layer1_compared[] = { 0x1.333334p-2, 0x1.666666p-1, 0x1.cccccep-1, 0x1.ccccce4ccce97p-1, 0x1.000001a00010bp+0, 0x1.000001c666866p+0, 0x1.3333369333611p+1, 0x1.a66669e999d5cp+1, 0x1.b33339cccd334p+1, 0x1.46666a9999e2p+2, 0x1.2cccd25b338ffp+2, 0x1.c000074000833p+2, 0x1.b3333bd80098dp+2, 0x1.133338e8006acp+3, 0x1.1000066e66dcfp+3, 0x1.2cccd4ce6701p+3 };
static const float expected_layer1_potential[16] = { 0x1.333334p-2f, 0x1.666666p-1f, 0x1.cccccep-1f, 0x1.ccccccp-1f, 0x1p+0f, 0x1p+0f, 0x0p+0f, 0x0p+0f, 0x1.99999ap-3f, 0x1p-1f, 0x1.333334p-2f, 0x0p+0f, 0x1p+0f, 0x1.99999ap-3f, 0x0p+0f, 0x1.333334p-1f };
static const double low_layer1_potential[] = { 0x1.333334p-2, 0x1.666666p-1, 0x1.cccccep-1, 0x1.cccccab333169p-1, -0x1.0000012000086p+1, -0x1.000001c666867p+0, -0x1.3333369333611p+1, -0x1.2666682ccceaep+2, -0x1.b33339cccd334p+1, -0x1.46666a9999e2p+2, -0x1.2cccd25b338ffp+2, -0x1.0cccd06000419p+3, -0x1.06666ab8004c7p+3, -0x1.133338e8006acp+3, -0x1.1000066e66dcfp+3, -0x1.2cccd4ce6701p+3 };
static const double high_layer1_potential[] = { 0x1.333334p-2, 0x1.666666p-1, 0x1.cccccep-1, 0x1.ccccce4ccce97p-1, 0x1.0000012000086p+1, 0x1.800000c333435p+1, 0x1.99999d1333612p+1, 0x1.2666682ccceaep+2, 0x1.266669c66699ap+2, 0x1.86666a9999e21p+2, 0x1.86666c0b339p+2, 0x1.0cccd06000419p+3, 0x1.06666ab8004c7p+3, 0x1.200005b8006acp+3, 0x1.233339ae66dcfp+3, 0x1.53333b3e6701p+3 };
static const float expected_layer2_potential[16] = { 0x1p-1f, 0x1.99999ap-4f, 0x1.666666p-1f, 0x1.99999ap-2f, 0x1.666666p-1f, 0x1.99999ap-2f, 0x1.666666p+0f, 0x1p-1f, 0x1.99999ap+0f, 0x1.666666p+0f, 0x1.4cccccp+1f, 0x1.666666p+0f, 0x1.4cccccp+1f, 0x1.666666p+0f, 0x1.733332p+1f, 0x1p+1f };
static const double low_layer2_potential[] = { 0x1p-1, 0x1.99999ap-4, 0x1.6666651999831p-1, 0x1.999998e6664bcp-2, 0x1.666663b333035p-1, 0x1.9999974ccc948p-2, 0x1.6666637333023p+0, 0x1.fffffbcccc6d1p-2, 0x1.9999951999497p+0, 0x1.6666638ccc9cp+0, 0x1.4cccc93fffbecp+1, 0x1.666662266619fp+0, 0x1.4cccc7f332d63p+1, 0x1.666660bfff951p+0, 0x1.73332cffff823p+1, 0x1.fffff8bfff69cp+0 };
static const double high_layer2_potential[] = { 0x1p-1, 0x1.99999ap-4, 0x1.666667e6667cfp-1, 0x1.99999c1999b44p-2, 0x1.6666694cccfcbp-1, 0x1.99999db3336b8p-2, 0x1.6666690cccfddp+0, 0x1.0000031999c97p-1, 0x1.99999de666b69p+0, 0x1.666668f33364p+0, 0x1.4cccd04000414p+1, 0x1.66666a5999e61p+0, 0x1.4cccd18ccd29dp+1, 0x1.66666bc0006afp+0, 0x1.73333980007ddp+1, 0x1.000003e0004b2p+1 };
static const float expected_layer1_potential_end[2] = { 0x0p+0f, 0x1.333334p-1f };
static const double low_layer1_potential_end[] = { -0x1.1000066e66dcfp+3, -0x1.2cccd4ce6701p+3 };
static const double high_layer1_potential_end[] = { 0x1.233339ae66dcfp+3, 0x1.53333b3e6701p+3 };
static const float expected_layer2_potential_end[2] = { 0x1.733332p+1f, 0x1p+1f };
static const double low_layer2_potential_end[] = { 0x1.73332cffff823p+1, 0x1.fffff8bfff69cp+0 };
static const double high_layer2_potential_end[] = { 0x1.73333980007ddp+1, 0x1.000003e0004b2p+1 };
static const int32_t expected_layer1_spikes[16] = { 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0 };
static const double low_layer1_spikes[] = { 0x0p+0, 0x0p+0, 0x0p+0, 0x0p+0, 0x0p+0, -0x1.0000000000001p+0, -0x1.0000000000001p+0, 0x0p+0, -0x1.0000000000001p+0, -0x1.0000000000001p+0, -0x1.0000000000001p+0, 0x0p+0, 0x0p+0, -0x1.0000000000001p+0, -0x1.0000000000001p+0, -0x1.0000000000001p+0 };
static const double high_layer1_spikes[] = { 0x0p+0, 0x0p+0, 0x0p+0, 0x0p+0, 0x1.0000000000001p+1, 0x1.0000000000001p+0, 0x1.0000000000001p+0, 0x1.0000000000001p+1, 0x1.0000000000001p+0, 0x1.0000000000001p+0, 0x1.0000000000001p+0, 0x1.0000000000001p+1, 0x1.0000000000001p+1, 0x1.0000000000001p+0, 0x1.0000000000001p+0, 0x1.0000000000001p+0 };

#endif
