/* SPDX-License-Identifier: MIT */
/* What of a SATA controller we use, by the names of the Serial ATA AHCI specification, and of the drive behind it. */
#pragma once

#include <stdint.h>

#include "arch/bits.h"

enum { AHCI_CLASS = 0x010601, AHCI_BAR = 5 };

/* Generic host control, in BAR 5. */
enum {
	AHCI_CAP = 0x00,
	AHCI_GHC = 0x04,
	AHCI_PI = 0x0c, /* a bit for each port that there is */
	AHCI_CAP2 = 0x24,
	AHCI_BOHC = 0x28,
	AHCI_PORTS = 0x100,
	AHCI_PORT_BYTES = 0x80,
	AHCI_PORTS_MAX = 32,
};

#define AHCI_CAP_S64A	(1u << 31)
#define AHCI_GHC_IE	(1u << 1)
#define AHCI_GHC_AE	(1u << 31)
#define AHCI_CAP2_BOH	(1u << 0)
#define AHCI_BOHC_BOS	(1u << 0) /* firmware's */
#define AHCI_BOHC_OOS	(1u << 1) /* ours */
#define AHCI_BOHC_WAITS (1u << 4) /* BB: firmware has something to end */

/* A port. */
enum {
	AHCI_CLB = 0x00,
	AHCI_FB = 0x08,
	AHCI_IS = 0x10,
	AHCI_IE = 0x14,
	AHCI_CMD = 0x18,
	AHCI_TFD = 0x20,
	AHCI_SIG = 0x24,
	AHCI_SSTS = 0x28,
	AHCI_SCTL = 0x2c,
	AHCI_SERR = 0x30,
	AHCI_CI = 0x38,
};

#define AHCI_IS_TFES  (1u << 30) /* the drive ended the command with an error */
#define AHCI_IS_FATAL (7u << 27) /* HBFS, HBDS, IFS: memory, or the line to the drive */
#define AHCI_CMD_ST   (1u << 0)
#define AHCI_CMD_SUD  (1u << 1)
#define AHCI_CMD_POD  (1u << 2)
#define AHCI_CMD_FRE  (1u << 4)
#define AHCI_CMD_FR   (1u << 14)
#define AHCI_CMD_CR   (1u << 15)
#define AHCI_TFD_BUSY (1u << 7 | 1u << 3) /* BSY, DRQ */
#define AHCI_DET      3, 0
#define AHCI_SIG_DISK UINT32_C(0x00000101)
enum { AHCI_DET_RESET = 1, AHCI_DET_UP = 3 };

/* Entry of the command list: words of the FIS, number of regions, then where the command table is. */
struct ahci_header {
	uint16_t flags;
	uint16_t region_count;
	uint32_t moved_bytes;
	uint64_t table;
	uint32_t reserved[4];
};
_Static_assert(sizeof(struct ahci_header) == 32, "a command header");

struct ahci_region {
	uint64_t base;
	uint32_t reserved;
	uint32_t last_byte; /* 21:0 */
};
_Static_assert(sizeof(struct ahci_region) == 16, "an entry of a PRDT");

/* Register host to device FIS. */
struct ahci_fis {
	uint8_t type;
	uint8_t flags;
	uint8_t command;
	uint8_t rest[17];
};
_Static_assert(sizeof(struct ahci_fis) == 20, "five words");

enum { AHCI_FIS_REGISTERS = 0x27, AHCI_FIS_IS_COMMAND = 0x80 };

enum { AHCI_TABLE_BYTES = 0x80, AHCI_REGION_COUNT = 2 };
struct ahci_table {
	struct ahci_fis fis;
	uint8_t rest[AHCI_TABLE_BYTES - sizeof(struct ahci_fis)];
	struct ahci_region regions[AHCI_REGION_COUNT];
};

/* What comes back, in the area for received FISes. */
enum { AHCI_RECEIVED_BYTES = 256, AHCI_AT_PIO = 0x20, AHCI_AT_REGISTERS = 0x40 };
enum { AHCI_FIS_PIO = 0x5f, AHCI_FIS_DONE = 0x34 };

/* Commands of ATA that change nothing: the first is always refused, the second has no data. */
enum {
	ATA_NOP = 0x00,
	ATA_CHECK_POWER_MODE = 0xe5,
	ATA_IDENTIFY_DEVICE = 0xec,
	ATA_IDENTIFY_BYTES = 512,
};
