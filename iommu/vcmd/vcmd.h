/* SPDX-License-Identifier: MIT */
/*
 * Virtual commands: how a guest asks its VMM for PASIDs ("Virtual Command Interface").
 *
 * The registers have been laid out twice: drafts up to revision 3.2, and revision 3.3 onwards. No
 * bit tells which one a unit has, so a layout is data, and vcmd_probe() picks one openly.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arch/options.h"
#include "iommu/unit/unit.h"
#include "iommu/vcmd/pasid_space.h"

struct vcmd_layout {
	const char *name;
	uint32_t vccap, vcmd, vcrsp; /* offsets */
	uint32_t vcmdeo;	     /* 0: this layout has no operand B */
	/* Virtual Command Capability Register: masks; 0 for a command without a bit of its own */
	uint64_t can_null, can_alloc, can_free, vccap_reserved;
	/* Virtual Command Register */
	struct field command, operand, operand_pasid;
	/* Virtual Command Response Register */
	struct field in_progress, status, result, result_pasid;
	/* status codes; 0 is success in both */
	unsigned int undefined_command, no_pasid, invalid_pasid;
};

extern const struct vcmd_layout vcmd_layout_draft, vcmd_layout_3_3;

/* E(name, words): how a command can end. */
#define VCMD_ERRORS(E)                                                       \
	E(OK, "ok")                                                          \
	E(ERROR_TIMEOUT, "no answer before the deadline")                    \
	E(ERROR_BUSY, "an earlier command is still in progress")             \
	E(ERROR_UNDEFINED_COMMAND, "undefined command")                      \
	E(ERROR_NO_PASID, "no PASID left")                                   \
	E(ERROR_INVALID_PASID, "invalid PASID")                              \
	E(ERROR_PASID_ZERO, "PASID 0 offered")                               \
	E(ERROR_BEYOND_PSS, "PASID beyond ECAP.PSS")                         \
	E(ERROR_UNKNOWN_STATUS, "status code that the layout does not know") \
	E(ERROR_MALFORMED, "reserved bits set in the response")              \
	E(ERROR_WRONG_LAYOUT, "answer of the other register layout")         \
	E(ERROR_NO_LAYOUT, "register layout not known")                      \
	E(ERROR_UNSUPPORTED, "command not offered by the unit")

#define VCMD_ERROR_ENUM_(name, words) VCMD_##name,
enum vcmd_error { VCMD_ERRORS(VCMD_ERROR_ENUM_) VCMD_ERROR_COUNT };
#undef VCMD_ERROR_ENUM_

/* "no PASID left"; never NULL. */
const char *vcmd_error_name(enum vcmd_error error);

/* One 64-bit access, or 32-bit halves: operand half first, so that the command half comes last. */
enum vcmd_access { VCMD_ACCESS_64, VCMD_ACCESS_32 };

struct vcmd {
	struct unit *unit;
	const struct vcmd_layout *layout;   /* in use; NULL: none */
	const struct vcmd_layout *evidence; /* what the registers look like; NULL: undecided */
	uint64_t vccap;		 /* as the layout has it; without a layout, what E30 reads */
	uint32_t pasid_end;	 /* PASIDs below it fit ECAP.PSS */
	enum vcmd_access access; /* 64 bits after vcmd_probe(); change at will */
	bool unanswered;	 /* IP was set when last looked at */
	char report[200];	 /* what the probe found, a line to print */
};

struct vcmd_response {
	uint64_t raw; /* the whole register, once IP is clear; the last value seen on timeout */
	unsigned int status;
	uint64_t result;
	uint32_t pasid;
};

/*
 * Finds the layout by reads alone; `choice` other than VCMD_AUTO forces one, and the report says if
 * the registers look otherwise. VCMD_ERROR_UNSUPPORTED without ECAP.VCS, VCMD_ERROR_NO_LAYOUT when
 * the registers do not decide; unit_failure() has the words.
 */
enum vcmd_error vcmd_probe(struct unit *unit, enum options_vcmd choice, struct vcmd *vcmd) MUST_USE;

/* What VCCAP offers in the layout in use. The draft has one bit for both PASID commands. */
bool vcmd_can_null(const struct vcmd *vcmd);
bool vcmd_can_alloc(const struct vcmd *vcmd);
bool vcmd_can_free(const struct vcmd *vcmd);

/*
 * Runs any command, offered or not, and waits for the answer until UNIT_DEADLINE_US. `operand` is
 * operand A and must fit its field (48 bits; 56 in the draft). Nothing is written while an earlier
 * command is in progress. An answer that came at once cost one write and one read. unit_failure()
 * has register, offset, mask and last value. A command that timed out may still happen later: a
 * PASID it allocates is then lost.
 */
enum vcmd_error vcmd_run(struct vcmd *vcmd, uint8_t command, uint64_t operand,
			 struct vcmd_response *response) MUST_USE;

/*
 * *pasid is what the unit offered, also with VCMD_ERROR_PASID_ZERO and VCMD_ERROR_BEYOND_PSS;
 * else 0. VCMD_ERROR_UNSUPPORTED, without a write, where VCCAP does not offer the command.
 */
enum vcmd_error vcmd_alloc_pasid(struct vcmd *vcmd, uint32_t *pasid) MUST_USE;

/* Any value of 20 bits goes to the unit to judge; a wider one is VCMD_ERROR_BEYOND_PSS at once. */
enum vcmd_error vcmd_free_pasid(struct vcmd *vcmd, uint32_t pasid) MUST_USE;

/*
 * The unit as a source of PASIDs for pasid_space_register(). Nothing in the registers says whether
 * two units draw on one space, so the caller names the backing.
 */
struct pasid_source vcmd_pasid_source(struct vcmd *vcmd, const void *backing);

/* Something an engineer should know about the capability bits of a unit with virtual commands. */
struct vcmd_rule {
	const char *id;
	bool is_illegal;  /* breaks the specification; else legal and worth a word */
	const char *spec; /* title in the specification */
	const char *text;
	bool (*applies)(const struct vcmd *vcmd);
};

/* Which of vcmd_rules() it is. */
enum vcmd_rule_index {
	VCMD_RULE_VCCAP_NEEDS_VCS,
	VCMD_RULE_PAS_NEEDS_PASID,
	VCMD_RULE_VCCAP_RESERVED,
	VCMD_RULE_VCS_WITHOUT_SMTS,
	VCMD_RULE_VCS_WITHOUT_PAS,
	VCMD_RULE_PAS_WITHOUT_FPS,
	VCMD_RULE_FPS_WITHOUT_PAS,
	VCMD_RULE_PAS_HIDDEN_FROM_LINUX,
	VCMD_RULE_NS_MISLEADS_LINUX,
	VCMD_RULE_DRAFT_HIDDEN_FROM_LINUX,
	VCMD_RULE_PAS_WITHOUT_CM,
};

const struct vcmd_rule *vcmd_rules(unsigned int *count);
