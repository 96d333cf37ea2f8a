/* SPDX-License-Identifier: MIT */
#include "iommu/vcmd/vcmd.h"

#include <stdarg.h>

#include "arch/print.h"
#include "arch/time.h"

#define VCMD_ERROR_WORDS_(name, words) words,
static const char *const error_words[] = { VCMD_ERRORS(VCMD_ERROR_WORDS_) };

const char *vcmd_error_name(enum vcmd_error error)
{
	return (unsigned int)error < VCMD_ERROR_COUNT ? error_words[error] : "unknown VCMD error";
}

static enum status status_of(enum vcmd_error error)
{
	switch (error) {
	case VCMD_ERROR_TIMEOUT:
		return STATUS_TIMEOUT;
	case VCMD_ERROR_UNSUPPORTED:
	case VCMD_ERROR_NO_LAYOUT:
		return STATUS_UNSUPPORTED;
	default:
		return STATUS_REFUSED;
	}
}

__attribute__((format(printf, 3, 4))) static enum vcmd_error
fail(const struct vcmd *vcmd, enum vcmd_error error, const char *format, ...)
{
	char text[sizeof(vcmd->unit->failure)];
	va_list args;

	va_start(args, format);
	print_format(text, sizeof(text), format, args);
	va_end(args);
	unit_fail(vcmd->unit, status_of(error), "%s", text);
	return error;
}

static bool is_in_progress(const struct vcmd *vcmd, uint64_t response)
{
	return bits_of_value(response, vcmd->layout->in_progress);
}

/* The half with IP goes first: the result counts only once IP is clear. */
static uint64_t read_response(struct vcmd *vcmd)
{
	const uint32_t offset = vcmd->layout->vcrsp;
	uint64_t response;

	if (vcmd->access == VCMD_ACCESS_64)
		return unit_read64(vcmd->unit, offset);
	response = unit_read32(vcmd->unit, offset);
	if (!is_in_progress(vcmd, response))
		response |= (uint64_t)unit_read32(vcmd->unit, offset + 4) << 32;
	return response;
}

/* Writing the command field is what starts a command ("Virtual Command Register"). */
static void write_command(struct vcmd *vcmd, uint64_t value)
{
	const uint32_t offset = vcmd->layout->vcmd;

	vcmd->unanswered = true;
	if (vcmd->access == VCMD_ACCESS_64) {
		unit_write64(vcmd->unit, offset, value);
	} else {
		unit_write32(vcmd->unit, offset + 4, (uint32_t)(value >> 32));
		unit_write32(vcmd->unit, offset, (uint32_t)value);
	}
}

/* The unit drops what is written while IP is set; the answer would be the wrong command's. */
static enum vcmd_error require_idle(struct vcmd *vcmd, uint8_t command)
{
	uint64_t seen;

	if (!vcmd->unanswered)
		return VCMD_OK;
	seen = read_response(vcmd);
	vcmd->unanswered = is_in_progress(vcmd, seen);
	if (!vcmd->unanswered)
		return VCMD_OK;
	return fail(
		vcmd, VCMD_ERROR_BUSY,
		"command %u not written: VCRSP (%03x) reads %016llx, IP (mask %llx) is still set; "
		"layout %s",
		command, vcmd->layout->vcrsp, (unsigned long long)seen,
		(unsigned long long)field_mask(vcmd->layout->in_progress), vcmd->layout->name);
}

/*
 * The last read comes after the deadline, so that an answer counts even if we, and not the unit,
 * were held up meanwhile.
 */
static enum vcmd_error await_answer(struct vcmd *vcmd, uint8_t command, uint64_t *seen)
{
	const struct deadline deadline = deadline_after_us(UNIT_DEADLINE_US);
	bool is_last = false;

	for (;;) {
		*seen = read_response(vcmd);
		if (!is_in_progress(vcmd, *seen))
			break;
		if (is_last)
			return fail(vcmd, VCMD_ERROR_TIMEOUT,
				    "command %u: VCRSP (%03x) reads %016llx after %u us, "
				    "IP (mask %llx) is still set; layout %s",
				    command, vcmd->layout->vcrsp, (unsigned long long)*seen,
				    UNIT_DEADLINE_US,
				    (unsigned long long)field_mask(vcmd->layout->in_progress),
				    vcmd->layout->name);
		is_last = deadline_passed(&deadline);
	}
	vcmd->unanswered = false;
	return VCMD_OK;
}

static struct vcmd_response parse(const struct vcmd_layout *layout, uint64_t raw)
{
	return (struct vcmd_response){
		.raw = raw,
		.status = (unsigned int)bits_of_value(raw, layout->status),
		.result = bits_of_value(raw, layout->result),
		.pasid = (uint32_t)bits_of_value(raw, layout->result_pasid),
	};
}

/*
 * What must read 0 in an answer. Beside a failure status the result of an allocation means nothing; that
 * of all other commands is RsvdZ whatever the status ("Virtual Command Response Description"). The
 * drafts are not known well enough to say so.
 */
static uint64_t reserved_in(const struct vcmd_layout *layout, uint8_t command, unsigned int status)
{
	uint64_t used = field_mask(layout->in_progress) | field_mask(layout->status);

	if (status && (command == VCMD_ALLOC_PASID || layout == &vcmd_layout_draft))
		used |= field_mask(layout->result);
	else if (command == VCMD_ALLOC_PASID)
		used |= field_mask(layout->result_pasid);
	return ~used;
}

static enum vcmd_error judge(const struct vcmd_layout *layout, uint8_t command, uint64_t raw)
{
	const struct vcmd_response response = parse(layout, raw);

	if (raw & reserved_in(layout, command, response.status))
		return VCMD_ERROR_MALFORMED;
	if (response.status == 0)
		return command == VCMD_ALLOC_PASID && !response.pasid ? VCMD_ERROR_PASID_ZERO
								      : VCMD_OK;
	if (response.status == layout->undefined_command)
		return VCMD_ERROR_UNDEFINED_COMMAND;
	if (command == VCMD_ALLOC_PASID && response.status == layout->no_pasid)
		return VCMD_ERROR_NO_PASID;
	if (command == VCMD_FREE_PASID && response.status == layout->invalid_pasid)
		return VCMD_ERROR_INVALID_PASID;
	return VCMD_ERROR_UNKNOWN_STATUS;
}

static const struct vcmd_layout *other_layout(const struct vcmd_layout *layout)
{
	return layout == &vcmd_layout_draft ? &vcmd_layout_3_3 : &vcmd_layout_draft;
}

/*
 * Two marks of the other layout: an answer that has no meaning in ours and one in the other; and
 * nothing but zeros where the registers themselves had spoken for the other, which is what our
 * offsets read there.
 */
static bool is_answer_of_other_layout(const struct vcmd *vcmd, uint8_t command, uint64_t raw,
				      enum vcmd_error error)
{
	const struct vcmd_layout *other = other_layout(vcmd->layout);
	enum vcmd_error there;

	if (raw == 0)
		return vcmd->evidence == other;
	if (error != VCMD_ERROR_MALFORMED && error != VCMD_ERROR_UNKNOWN_STATUS)
		return false;
	there = judge(other, command, raw);
	return there == VCMD_OK || there == VCMD_ERROR_NO_PASID ||
	       there == VCMD_ERROR_INVALID_PASID;
}

static enum vcmd_error fail_response(const struct vcmd *vcmd, uint8_t command,
				     enum vcmd_error error, const struct vcmd_response *response)
{
	return fail(
		vcmd, error,
		"command %u: %s; VCRSP (%03x) reads %016llx: status %u (mask %llx), result %llx "
		"(mask %llx); layout %s",
		command, vcmd_error_name(error), vcmd->layout->vcrsp,
		(unsigned long long)response->raw, response->status,
		(unsigned long long)field_mask(vcmd->layout->status),
		(unsigned long long)response->result,
		(unsigned long long)field_mask(vcmd->layout->result), vcmd->layout->name);
}

enum vcmd_error vcmd_run(struct vcmd *vcmd, uint8_t command, uint64_t operand,
			 struct vcmd_response *response)
{
	enum vcmd_error error;
	uint64_t seen = 0;

	*response = (struct vcmd_response){ 0 };
	if (!vcmd->layout)
		return fail(vcmd, VCMD_ERROR_NO_LAYOUT, "command %u not written: %s", command,
			    vcmd->report);
	error = require_idle(vcmd, command);
	if (error)
		return error;

	write_command(vcmd, bits_placed(vcmd->layout->command, command) |
				    bits_placed(vcmd->layout->operand, operand));
	error = await_answer(vcmd, command, &seen);
	*response = parse(vcmd->layout, seen);
	if (error)
		return error;
	error = judge(vcmd->layout, command, seen);
	if (is_answer_of_other_layout(vcmd, command, seen, error))
		error = VCMD_ERROR_WRONG_LAYOUT;
	return error ? fail_response(vcmd, command, error, response) : VCMD_OK;
}

/* ---- PASIDs ---- */

static enum vcmd_error fail_unsupported(const struct vcmd *vcmd, uint8_t command, uint64_t mask)
{
	return fail(
		vcmd, VCMD_ERROR_UNSUPPORTED,
		"command %u not written: VCCAP (%03x) reads %016llx, its bit (mask %llx) is clear; "
		"layout %s",
		command, vcmd->layout->vccap, (unsigned long long)vcmd->vccap,
		(unsigned long long)mask, vcmd->layout->name);
}

enum vcmd_error vcmd_alloc_pasid(struct vcmd *vcmd, uint32_t *pasid)
{
	struct vcmd_response response;
	enum vcmd_error error;

	*pasid = 0;
	if (vcmd->layout && !vcmd_can_alloc(vcmd))
		return fail_unsupported(vcmd, VCMD_ALLOC_PASID, vcmd->layout->can_alloc);
	error = vcmd_run(vcmd, VCMD_ALLOC_PASID, 0, &response);
	if (error)
		return error;
	*pasid = response.pasid;
	if (*pasid >= vcmd->pasid_end)
		return fail_response(vcmd, VCMD_ALLOC_PASID, VCMD_ERROR_BEYOND_PSS, &response);
	return VCMD_OK;
}

enum vcmd_error vcmd_free_pasid(struct vcmd *vcmd, uint32_t pasid)
{
	const struct vcmd_layout *layout = vcmd->layout;
	struct vcmd_response response;

	if (layout && !vcmd_can_free(vcmd))
		return fail_unsupported(vcmd, VCMD_FREE_PASID, layout->can_free);
	if (layout && pasid > field_max(layout->operand_pasid))
		return fail(
			vcmd, VCMD_ERROR_BEYOND_PSS,
			"command %u not written: PASID %x does not fit its field of VCMD (%03x, "
			"mask %llx); layout %s",
			VCMD_FREE_PASID, pasid, layout->vcmd,
			(unsigned long long)field_mask(layout->operand_pasid), layout->name);
	return vcmd_run(vcmd, VCMD_FREE_PASID, pasid, &response);
}

static enum pasid_error source_alloc(void *context, uint32_t *pasid)
{
	switch (vcmd_alloc_pasid(context, pasid)) {
	case VCMD_OK:
		return PASID_OK;
	case VCMD_ERROR_PASID_ZERO:
		return PASID_ERROR_OFFERED_ZERO;
	case VCMD_ERROR_BEYOND_PSS:
		return PASID_ERROR_OFFERED_OUT_OF_RANGE;
	case VCMD_ERROR_NO_PASID:
		return PASID_ERROR_EXHAUSTED;
	default:
		return PASID_ERROR_SOURCE_FAILED;
	}
}

static enum pasid_error source_free(void *context, uint32_t pasid)
{
	switch (vcmd_free_pasid(context, pasid)) {
	case VCMD_OK:
		return PASID_OK;
	case VCMD_ERROR_INVALID_PASID:
		return PASID_ERROR_SOURCE_REJECTED;
	default:
		return PASID_ERROR_SOURCE_FAILED;
	}
}

struct pasid_source vcmd_pasid_source(struct vcmd *vcmd, const void *backing)
{
	return (struct pasid_source){
		.backing = backing,
		.context = vcmd,
		.alloc = source_alloc,
		.free = source_free,
	};
}
