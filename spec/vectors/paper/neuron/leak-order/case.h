/* paper/neuron/leak-order */
#ifndef ASF_BP_PAPER_NEURON_LEAK_ORDER_H
#define ASF_BP_PAPER_NEURON_LEAK_ORDER_H
#include <stdint.h>

enum { T = 4, B = 1 };
static const float layer1_Vth = 0x1p+0f;
static const float layer1_leak = 0x1p-1f;
static const float layer2_Vth = 0x1p+0f;
static const float layer2_leak = 0x1p-1f;
static const float layer1_current[12] = { 0x1p-1f, 0x1p+0f, 0x1.cp+0f, 0x1.8p-1f, 0x1p-1f, 0x1p-1f, 0x1p-1f, 0x1.8p+0f, 0x1p-2f, 0x1.8p-1f, 0x0p+0f, 0x1.cp-1f };
static const float layer2_current[8] = { 0x1p-1f, -0x1p-1f, 0x1p+0f, 0x1p+0f, 0x1p-2f, 0x0p+0f, 0x0p+0f, 0x1p+0f };
static const float expected_layer1_compared[12] = { 0x1p-1f, 0x1p+0f, 0x1.cp+0f, 0x1p+0f, 0x1p-1f, 0x1p-1f, 0x1p-1f, 0x1.cp+0f, 0x1p-1f, 0x1p+0f, 0x0p+0f, 0x1.2p+0f };
static const float expected_layer1_potential[12] = { 0x1p-1f, 0x1p+0f, 0x1.cp+0f, 0x1p+0f, 0x1p-1f, 0x1p-1f, 0x1p-1f, 0x1.cp+0f, 0x1p-1f, 0x1p+0f, 0x0p+0f, 0x1.2p+0f };
static const float expected_layer2_potential[8] = { 0x1p-1f, -0x1p-1f, 0x1.8p+0f, 0x1p-1f, 0x1.cp+0f, 0x1p-1f, 0x1.cp+0f, 0x1.8p+0f };
static const float expected_layer1_potential_end[3] = { 0x1p+0f, 0x0p+0f, 0x1.2p+0f };
static const float expected_layer2_potential_end[2] = { 0x1.cp+0f, 0x1.8p+0f };
static const int32_t expected_layer1_spikes[12] = { 0, 1, 1, 1, 0, 0, 0, 1, 0, 1, 0, 1 };

#endif
