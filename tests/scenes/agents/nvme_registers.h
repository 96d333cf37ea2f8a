/* SPDX-License-Identifier: MIT */
/* What of an NVMe controller we use, by the names of the NVM Express Base Specification. */
#pragma once

#include <stdint.h>

#include "arch/bits.h"

enum { NVME_CLASS = 0x010802 };

/* Controller properties, in BAR 0. */
enum {
	NVME_CAP = 0x00,
	NVME_INTMS = 0x0c,
	NVME_CC = 0x14,
	NVME_CSTS = 0x1c,
	NVME_AQA = 0x24,
	NVME_ASQ = 0x28,
	NVME_ACQ = 0x30,
	NVME_DOORBELLS =
		0x1000, /* of the admin queue: the submission tail, then the completion head */
};

#define NVME_CAP_TO	 31, 24 /* in 500 ms: how long CC.EN may take */
#define NVME_CAP_DSTRD	 35, 32 /* doorbells are 4 << DSTRD bytes apart */
#define NVME_CAP_CSS_NVM 37, 37
#define NVME_CAP_MPSMIN	 51, 48 /* smallest memory page: 4096 << MPSMIN */
#define NVME_TO_UNIT_US	 UINT64_C(500000)

/* CC, CSTS: pages of 4 KiB, entries of 64 and 16 bytes. */
#define NVME_CC_EN   1u
#define NVME_CC_OURS (6u << 16 | 4u << 20)
enum { NVME_CSTS_RDY = 1 << 0, NVME_CSTS_CFS = 1 << 1 };

enum { NVME_ENTRIES = 16 }; /* in either queue */
#define NVME_AQA_OURS ((NVME_ENTRIES - 1u) << 16 | (NVME_ENTRIES - 1u))

struct nvme_command {
	uint32_t opcode_and_id; /* identifier in 31:16 */
	uint32_t nsid;
	uint64_t reserved[2];
	uint64_t prp1;
	uint64_t prp2;
	uint32_t dwords[6]; /* 10 to 15 */
};
_Static_assert(sizeof(struct nvme_command) == 64, "a submission queue entry");

struct nvme_completion {
	uint32_t result;
	uint32_t reserved;
	uint32_t queue;
	uint32_t id_and_status; /* identifier 15:0, phase 16, status 31:17 */
};
_Static_assert(sizeof(struct nvme_completion) == 16, "a completion queue entry");

enum { NVME_GET_LOG_PAGE = 0x02, NVME_ABORT = 0x08 };
#define NVME_ALL_NAMESPACES UINT32_C(0xffffffff)

/* Get Log Page of the firmware slots, events kept: dword 10. */
enum { NVME_LOG_FIRMWARE = 3, NVME_LOG_FIRMWARE_BYTES = 512 };
#define NVME_LOG_DWORDS(bytes) (((bytes) / 4u - 1u) << 16 | 1u << 15 | NVME_LOG_FIRMWARE)
