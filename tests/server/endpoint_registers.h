/* SPDX-License-Identifier: MIT */
/*
 * Registers of the endpoints that the unit server has behind its units: one block for each, and one for all.
 * All have 32 bits; those of 64 bits are two, the lower one first.
 */
#pragma once

/* The function that all of it is in: vendor, device, class "IOMMU". */
#define SERVER_VENDOR 0x1234
#define SERVER_DEVICE 0x7dc0
#define SERVER_CLASS  0x080600
#define SERVER_MAGIC  0x63647476u /* "vtdc" */

/* A function with one endpoint in it, and nothing else: class "other". */
#define SERVER_ENDPOINT_DEVICE 0x7dc1
#define SERVER_ENDPOINT_CLASS  0xff0000

/* Where the endpoints are, as topology_endpoint_sid() counts: no machine here has buses so high. */
enum { SERVER_FIRST_BUS = 0x80 };

enum {
	ENDPOINTS_MAX = 32,
	ENDPOINT_BYTES = 0x60, /* of registers */
	ENDPOINT_BUFFER_BYTES = 4096,
	ENDPOINTS_BYTES = 4096, /* blocks of all endpoints, then that of all together */
};

/* Within an endpoint's block. */
enum {
	EP_ID = 0x00,	   /* RO: source-id 15:0, number of its unit 23:16 */
	EP_MASTER = 0x04,  /* bit 0: it may send; RO in a function of its own */
	EP_ADDRESS = 0x08, /* 64 bits */
	EP_PASID = 0x10,   /* 19:0; bit 31: with PASID */
	EP_REQUEST = 0x14,
	EP_LENGTH = 0x18,	 /* in bytes */
	EP_OFFSET = 0x1c,	 /* in the buffer */
	EP_PATTERN = 0x20,	 /* 64 bits: what a write repeats, the first that a read brought */
	EP_GO = 0x28,		 /* WO */
	EP_RESULT = 0x2c,	 /* RO */
	EP_PHYSICAL = 0x30,	 /* RO, 64 bits: what a translation request was told */
	EP_ANSWER = 0x38,	 /* to device-TLB invalidations: enum model_devtlb_answer */
	EP_INVALIDATIONS = 0x3c, /* RO: how many came, and the last one */
	EP_INVALIDATED = 0x40,	 /* RO, 64 bits */
	EP_INVALIDATED_PASID = 0x48, /* RO: 19:0; bit 31 with, 30 all PASIDs, 29 S */
	EP_RESPONSES = 0x4c,	     /* RO: how many page responses came, and the last one */
	EP_RESPONSE_PASID = 0x50,    /* RO: 19:0; bit 31 with */
	EP_RESPONSE = 0x54,	     /* RO: group 15:0, code 19:16, bit 31 by software */
	EP_ORDER =
		0x58, /* RO: which message of all the last invalidation was (15:0), the last response */
	EP_GROUP = 0x5c, /* of a page request: 15:0 */
};

/* EP_REQUEST */
enum {
	EP_TYPE = 3 << 0, /* enum model_type */
	EP_KIND_SHIFT = 4,
	EP_KIND = 3 << EP_KIND_SHIFT, /* enum model_kind */
	EP_PRIVILEGED = 1 << 8,
	EP_EXECUTE = 1 << 9,
	EP_NO_WRITE = 1 << 10,
	EP_WANTS_READ = 1 << 11,
	EP_WANTS_WRITE = 1 << 12,
	EP_LAST_IN_GROUP = 1 << 13,
	EP_BY_PATTERN = 1 << 14, /* a write of EP_PATTERN instead of the buffer */
};

/* EP_RESULT */
enum {
	EP_DONE = 1 << 0,
	EP_OK = 1 << 1,
	EP_COMPLETION_SHIFT = 4, /* 7:4, enum model_completion */
	EP_REASON_SHIFT = 8,	 /* 15:8 */
	EP_MAY_READ = 1 << 16,
	EP_MAY_WRITE = 1 << 17,
	EP_UNTRANSLATED_ONLY = 1 << 18,
	EP_SNOOPED = 1 << 19,
	EP_IS_PRIVILEGED = 1 << 20,
	EP_MAY_EXECUTE = 1 << 21,
	EP_IS_GLOBAL = 1 << 22,
	EP_REPORTED = 1 << 23,
	EP_SHIFT_SHIFT = 26, /* 30:26: page size */
};

/* EP_RESULT, too, whenever it is read: EPS_MESSAGES is not 0. */
#define EP_MESSAGES_WAIT 0x80000000u

/* Behind the last endpoint's block. */
enum {
	EPS_MAGIC = 0xc00,
	EPS_COUNT = 0xc04,	     /* endpoints */
	EPS_STRIDE = 0xc08,	     /* bytes from unit to unit */
	EPS_MESSAGES = 0xc0c,	     /* that wait here or are under way; a write takes the first */
	EPS_MESSAGE_ADDRESS = 0xc10, /* 64 bits */
	EPS_MESSAGE_DATA = 0xc18,
	EPS_UNITS = 0xc1c,
	EPS_BY_HAND = 0xc20, /* 1: messages wait here, since none of the server's comes through */
};
