/* SPDX-License-Identifier: MIT */
/*
 * A small block of virtual command registers, of either layout, that can be late, mute or mad; and
 * what a test asks of the code that drives it. Offsets and bits are typed from the book, not taken
 * from iommu/. The accesses of iommu/unit/unit.h end here.
 */
#pragma once

#include "tests/host/check.h"

#include <stdbool.h>

#include "iommu/vcmd/vcmd.h"

#define ECAP_VCS_BIT   (UINT64_C(1) << 44)
#define ECAP_SMTS_BIT  (UINT64_C(1) << 43)
#define ECAP_PASID_BIT (UINT64_C(1) << 40)
#define ECAP_PSS_OF(n) ((uint64_t)(n) << 35)
#define ECAP_PMS_BIT   (UINT64_C(1) << 51)
#define CAP_CM_BIT     (UINT64_C(1) << 7)
#define CAP_FRO_OF(n)  ((uint64_t)(n) << 24)
#define ECAP_GOOD      (ECAP_VCS_BIT | ECAP_SMTS_BIT | ECAP_PASID_BIT | ECAP_PSS_OF(19))

#define NEVER UINT32_MAX
#define POOL  64u

struct vcmd_block {
	bool is_draft;
	uint64_t e00, e10, e20, e30; /* what reads return */
	uint32_t operand_half;
	uint64_t answer;     /* becomes the response when late_reads runs out */
	uint32_t late_reads; /* reads of the response that still see IP; NEVER: all */
	bool forces_answer;  /* every command is answered with forced_answer */
	uint64_t forced_answer;
	bool is_live[POOL]; /* PASIDs first .. first + POOL - 1 */
	uint32_t first, left_to_wait;
	unsigned int reads, writes, commands;
	uint32_t write_offset[8];
};

extern struct vcmd_block fake;
extern struct unit unit;
extern struct vcmd vcmd;

/* A good unit of the layout; nothing probed. */
void block_reset(bool is_draft);

/* The same, probed, and the accesses of that forgotten. */
void block_open(bool is_draft);

void block_forget_accesses(void);

/* Lets a command that waits no longer end. */
void block_settle(void);

#define expect_error(got, expected) \
	assert_string_equal(vcmd_error_name(got), vcmd_error_name(expected))

void expect_alloc(enum vcmd_error expected, uint32_t expected_pasid);
void expect_free(uint32_t pasid, enum vcmd_error expected);
void expect_run(uint8_t command, uint64_t operand, enum vcmd_error expected);

/* Exactly so many accesses since the last time; then forgets them. */
void expect_accesses(unsigned int reads, unsigned int writes);

/* The words of the last failure contain these. */
void expect_words(const char *words);
