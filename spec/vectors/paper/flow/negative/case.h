/* paper/flow/negative */
#ifndef ASF_BP_PAPER_FLOW_NEGATIVE_H
#define ASF_BP_PAPER_FLOW_NEGATIVE_H
#include <stdint.h>

enum { T = 2, B = 1 };
static const float layer1_Vth = 0x1p+0f;
static const float layer1_leak = 0x1p+0f;
static const float layer2_Vth = 0x1p+0f;
static const float layer2_leak = 0x1p+0f;
static const int32_t input_spikes[4] = { 1, -1, 0, -1 };
static const float layer1_current[6] = { -0x1p+0f, 0x1p-1f, 0x1p-2f, 0x1p-1f, -0x1p-1f, 0x1p-1f };
static const float layer2_current[4] = { 0x0p+0f, 0x0p+0f, 0x0p+0f, 0x0p+0f };
static const int32_t layer1_spikes[6] = { 0, 0, 0, 0, 0, 0 };
static const int32_t expected_input_FO[2] = { 1, -2 };
static const float expected_layer1_FI[3] = { -0x1p-1f, 0x0p+0f, 0x1.8p-1f };
static const float expected_layer2_FI[2] = { 0x0p+0f, 0x0p+0f };
static const int32_t expected_layer1_FO[3] = { 0, 0, 0 };

#endif
