/* paper-input-scaledIntensity/encode/words */
#ifndef ASF_BP_PAPER_INPUT_SCALEDINTENSITY_ENCODE_WORDS_H
#define ASF_BP_PAPER_INPUT_SCALEDINTENSITY_ENCODE_WORDS_H
#include <stdint.h>

enum { T = 3, B = 1 };
static const float layer1_Vth = 0x1p+0f;
static const float layer1_leak = 0x1p+0f;
static const float layer2_Vth = 0x1p+0f;
static const float layer2_leak = 0x1p+0f;
static const float image[6] = { 0x0p+0f, 0x1p+0f, 0x1p-1f, 0x1p-2f, -0x1.8p-1f, -0x1p+0f };
static const uint32_t encode_word[18] = { 0, 2147483647, 2147483647, 1073741823, 5, 2147483648, 1, 2147483648, 2147483648, 1073741824, 3000000000, 4294967295, 4294967295, 4294967295, 1073741823, 536870912, 1073741824, 0 };
static const int32_t expected_input_spikes[18] = { 0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, -1, -1 };

#endif
