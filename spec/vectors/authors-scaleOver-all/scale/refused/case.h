/* authors-scaleOver-all/scale/refused */
#ifndef ASF_BP_AUTHORS_SCALEOVER_ALL_SCALE_REFUSED_H
#define ASF_BP_AUTHORS_SCALEOVER_ALL_SCALE_REFUSED_H
#include <stdint.h>

enum { T = 4, B = 1 };
static const float layer1_Vth = 0x1p+1f;
static const float layer1_leak = 0x1p+0f;
static const float layer2_Vth = 0x1p+1f;
static const float layer2_leak = 0x1p+0f;
static const float layer1_FI[4] = { 0x1p+0f, -0x1p+1f, 0x1.8p+1f, 0x1p-1f };
static const int32_t layer1_FO[4] = { 1, 0, 3, 1 };
static const int32_t scale_update[1] = { 1 };
static const float layer1_S_before[1] = { 0x1.8p-1f };
static const float expected_layer1_ratio[1] = { 0x1p+1f };
static const float expected_layer1_S[1] = { 0x1.8p+0f };
static const double low_layer1_S[] = { 0x1.7ffffb7fffaa7p+0 };
static const double high_layer1_S[] = { 0x1.800004800055ap+0 };

#endif
