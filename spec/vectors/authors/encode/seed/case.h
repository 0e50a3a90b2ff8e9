/* authors/encode/seed */
#ifndef ASF_BP_AUTHORS_ENCODE_SEED_H
#define ASF_BP_AUTHORS_ENCODE_SEED_H
#include <stdint.h>

enum { T = 3, B = 2 };
static const float layer1_Vth = 0x1p+0f;
static const float layer1_leak = 0x1p+0f;
static const float layer2_Vth = 0x1p+0f;
static const float layer2_leak = 0x1p+0f;
static const float image[12] = { 0x0p+0f, 0x1p+0f, 0x1p-1f, 0x1p-2f, -0x1.8p-1f, -0x1p+0f, 0x0p+0f, 0x1.8p-1f, 0x1.8p-2f, 0x1.8p-3f, -0x1.2p-1f, -0x1.8p-1f };
static const uint32_t encode_seed[1] = { 7 };
static const uint32_t encode_stream[1] = { 1 };
static const uint32_t encode_epoch[1] = { 3 };
static const uint32_t encode_sample[2] = { 5, 59999 };
static const uint32_t expected_encode_word[36] = { 3472323198, 2819567320, 821823642, 219098200, 715286968, 1874850775, 1572530752, 4261942884, 446788068, 3844908848, 4063352712, 1431217369, 3702438640, 3602549977, 4270158166, 402377221, 1851176264, 2851376538, 3720164225, 3655102076, 2213476144, 2308597208, 3326890167, 1742448743, 989676813, 2806748289, 1112719089, 2975857562, 4150128100, 3306607955, 3771339152, 2430983971, 18122384, 2874158120, 3716730904, 3542481380 };
static const int32_t expected_input_spikes[36] = { 0, 0, 1, 1, -1, -1, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0 };

#endif
