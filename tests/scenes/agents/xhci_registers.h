/* SPDX-License-Identifier: MIT */
/* What of a USB host controller we use, by the names of the eXtensible Host Controller Interface specification. */
#pragma once

#include <stdint.h>

#include "arch/bits.h"

enum { XHCI_CLASS = 0x0c0330 };

/* Capability registers, in BAR 0. */
enum {
	XHCI_CAPLENGTH = 0x00, /* 7:0: where the operational registers begin */
	XHCI_HCSPARAMS1 = 0x04,
	XHCI_HCSPARAMS2 = 0x08,
	XHCI_HCCPARAMS1 = 0x10,
	XHCI_DBOFF = 0x14,
	XHCI_RTSOFF = 0x18,
	XHCI_CAPABILITY_BYTES = 0x20,
};

#define XHCI_CAP_LENGTH	     7, 0
#define XHCI_MAX_PORTS	     31, 24
#define XHCI_SCRATCHPAD_HIGH 25, 21 /* how many scratchpad buffers it wants, in two parts */
#define XHCI_SCRATCHPAD_LOW  31, 27
#define XHCI_AC64	     0, 0
#define XHCI_XECP	     31, 16 /* in dwords: the list of extended capabilities */

/* Operational registers. */
enum {
	XHCI_USBCMD = 0x00,
	XHCI_USBSTS = 0x04,
	XHCI_PAGESIZE = 0x08,
	XHCI_CRCR = 0x18,
	XHCI_DCBAAP = 0x30,
	XHCI_CONFIG = 0x38,
	XHCI_PORTSC = 0x400, /* of the first port; the others follow */
	XHCI_PORT_BYTES = 0x10,
};

#define XHCI_CMD_RS    0x1u
#define XHCI_CMD_HCRST 0x2u

enum {
	XHCI_STS_HCH = 1 << 0, /* halted */
	XHCI_STS_HSE = 1 << 2, /* host system error: an access of its own was not answered */
	XHCI_STS_EINT = 1 << 3,
	XHCI_STS_CNR = 1 << 11, /* not ready yet */
	XHCI_STS_HCE = 1 << 12, /* host controller error */
};

#define XHCI_PAGES_OF_4K  0x1u
#define XHCI_CRCR_RCS	  0x1u /* the cycle bit that commands of ours have */
#define XHCI_CRCR_CS	  0x2u
#define XHCI_PORT_CHANGES (0x7fu << 17)

/* Runtime registers, of the first interrupter; and the doorbell of commands. */
enum {
	XHCI_IMAN = 0x20,
	XHCI_IMOD = 0x24,
	XHCI_ERSTSZ = 0x28,
	XHCI_ERSTBA = 0x30,
	XHCI_ERDP = 0x38,
	XHCI_RUNTIME_BYTES = 0x40,
};

#define XHCI_IMAN_OURS 0x3u /* enabled, and what was pending is not any more */
#define XHCI_ERDP_EHB  0x8u

/* Extended capabilities: USB Legacy Support, which says whose the controller is. */
#define XHCI_EXTENDED_ID   7, 0
#define XHCI_EXTENDED_NEXT 15, 8 /* in dwords, from this one on; 0: the last */
enum { XHCI_ID_LEGACY = 1, XHCI_LEGACY_CONTROL = 4 };

#define XHCI_BIOS_OWNED	 (1u << 16)
#define XHCI_OS_OWNED	 (1u << 24)
#define XHCI_SMI_ENABLES (1u << 0 | 1u << 4 | 7u << 13)
#define XHCI_SMI_EVENTS	 (7u << 29)

/* A transfer request block: a command or an event. */
struct xhci_trb {
	uint64_t pointer; /* event: where the command lies */
	uint32_t status;  /* event: completion code in 31:24 */
	uint32_t control; /* cycle bit 0, type 15:10 */
};
_Static_assert(sizeof(struct xhci_trb) == 16, "a transfer request block");

enum { XHCI_TRB_CYCLE = 1 };
#define XHCI_TRB_TYPE(type)   ((uint32_t)(type) << 10)
#define XHCI_TRB_CODE(status) ((status) >> 24)

/* Types and completion codes. */
enum { XHCI_NO_OP = 23, XHCI_RESERVED_TYPE = 31, XHCI_COMMAND_COMPLETION = 33 };
enum { XHCI_SUCCESS = 1, XHCI_TRB_ERROR = 5, XHCI_COMMAND_RING_STOPPED = 24 };

/* An entry of the event ring segment table; of the first TRB each segment is aligned to 64 bytes. */
struct xhci_segment {
	uint64_t base;
	uint32_t trbs; /* 16 to 4096 */
	uint32_t reserved;
};
_Static_assert(sizeof(struct xhci_segment) == 16, "an event ring segment table entry");

enum { XHCI_RING_ALIGN = 64 };
