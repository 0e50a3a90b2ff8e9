/* paper/loss/label */
#ifndef ASF_BP_PAPER_LOSS_LABEL_H
#define ASF_BP_PAPER_LOSS_LABEL_H
#include <stdint.h>

enum { T = 4, B = 2 };
static const float layer1_Vth = 0x1p+0f;
static const float layer1_leak = 0x1p+0f;
static const float layer2_Vth = 0x1p+0f;
static const float layer2_leak = 0x1p+0f;
static const int32_t label[2] = { 0, 1 };
static const float layer2_potential_end[4] = { 0x1p+2f, -0x1p+1f, 0x1p+0f, 0x1.8p+2f };
static const float expected_output[4] = { 0x1p+0f, -0x1p-1f, 0x1p-2f, 0x1.8p+0f };
static const float expected_loss_sample[2] = { 0x1p-3f, 0x1.4p-3f };
static const float expected_loss[1] = { 0x1.2p-3f };

#endif
