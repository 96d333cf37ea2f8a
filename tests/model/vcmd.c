/* SPDX-License-Identifier: MIT */
/*
 * "Virtual Command Interface", in the layout of revision 3.3 and in that of the drafts before it.
 */
#include "tests/model/internal.h"

/* Where the registers and fields of a layout are. */
struct register_places {
	uint32_t command, operand, response, capability; /* operand 0: none */
	uint32_t window_end;
	unsigned int pasid_shift; /* in operand and result */
	uint8_t refused;	  /* status "none left" and "invalid PASID" */
};

static const struct register_places draft = {
	.command = REG_DRAFT_VCMD,
	.response = REG_DRAFT_VCRSP,
	.capability = REG_DRAFT_VCCAP,
	.window_end = REG_DRAFT_VCRSP + 8,
	.pasid_shift = FIELD_LOW_BIT(DRAFT_VCMD_OP_PASID),
	.refused = VCMD_STATUS_DRAFT_REFUSED,
};
static const struct register_places current = {
	.command = REG_VCMD,
	.operand = REG_VCMDEO,
	.response = REG_VCRSP,
	.capability = REG_VCCAP,
	.window_end = REG_VCCAP + 8,
	.pasid_shift = FIELD_LOW_BIT(VCMD_OP_PASID),
	.refused = VCMD_STATUS_REFUSED,
};

static const struct register_places *places(const struct model_unit *unit)
{
	return unit->config.vcmd_layout == MODEL_VCMD_DRAFT ? &draft : &current;
}

static bool is_in_block(const struct model_unit *unit, uint32_t offset)
{
	return unit->config.vcmd_layout != MODEL_VCMD_NONE && offset >= REG_VCMD &&
	       offset < places(unit)->window_end;
}

/* ---- the pool ---- */

static bool is_in_pool(const struct model_pasid_space *pool, uint64_t pasid)
{
	return pasid >= pool->first && pasid - pool->first < pool->count;
}

static bool is_handed_out(const struct model_pasid_space *pool, uint32_t pasid)
{
	uint32_t bit = pasid - pool->first;

	return pool->used[bit / 64] >> (bit % 64) & 1;
}

static void set_handed_out(struct model_pasid_space *pool, uint32_t pasid, bool live)
{
	uint32_t bit = pasid - pool->first;

	pool->used[bit / 64] &= ~(UINT64_C(1) << (bit % 64));
	if (live)
		pool->used[bit / 64] |= UINT64_C(1) << (bit % 64);
	pool->live_count += live ? 1 : -1u;
}

/* PASIDs that fit the unit: no larger than PSS allows. */
static uint32_t usable_count(const struct model_unit *unit)
{
	const struct model_pasid_space *pool = unit->config.pasids;
	uint64_t limit = UINT64_C(2) << ecap(unit, ECAP_PSS);

	if (limit <= pool->first)
		return 0;
	return limit - pool->first < pool->count ? (uint32_t)(limit - pool->first) : pool->count;
}

/*
 * The next free PASID after the last one handed out; 0 if there is none. Any free one would do: going
 * round keeps a freed PASID from coming back at once, so that software which still uses it is caught.
 */
static uint32_t next_free(const struct model_unit *unit)
{
	struct model_pasid_space *pool = unit->config.pasids;
	uint32_t count = usable_count(unit);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = (pool->hint + i) % count;

		if (is_handed_out(pool, pool->first + at))
			continue;
		pool->hint = (at + 1) % count;
		return pool->first + at;
	}
	return 0;
}

void model_recall_pasids(struct model_unit *unit)
{
	struct model_pasid_space *pool = unit->config.pasids;

	unit->vcmd = unit->vcmd_operand = unit->vcrsp = unit->vcrsp_next = 0;
	unit->vcmd_countdown = unit->vcmd_live_count = unit->vcmd_previous = 0;
	unit->vcmd_repeated = false;
	if (pool == NULL)
		return;
	memset(pool->used, 0, MODEL_PASID_WORDS(pool->count) * sizeof(uint64_t));
	pool->hint = pool->live_count = 0;
}

/* ---- commands ---- */

static uint64_t make_response(const struct model_unit *unit, uint8_t status, uint32_t pasid)
{
	unsigned int shift = places(unit)->pasid_shift;

	if (unit->config.vcmd.answers_in_other_layout)
		shift = (unit->config.vcmd_layout == MODEL_VCMD_DRAFT ? &current : &draft)
				->pasid_shift;
	if (unit->config.vcmd.forced_status != 0)
		status = unit->config.vcmd.forced_status;
	return (uint64_t)pasid << shift | (uint64_t)status << FIELD_LOW_BIT(VCRSP_SC);
}

static uint8_t refused_status(const struct model_unit *unit)
{
	if (defect(unit, VCMD_STATUS_OF_OTHER_LAYOUT))
		return unit->config.vcmd_layout == MODEL_VCMD_DRAFT ? current.refused
								    : draft.refused;
	return places(unit)->refused;
}

static uint32_t operand_pasid(const struct model_unit *unit)
{
	uint64_t vcmd = unit->vcmd;

	if (defect(unit, VCMD_OPERAND_HALF_LOST))
		vcmd = (uint32_t)vcmd;
	return (uint32_t)(vcmd >> places(unit)->pasid_shift) % MODEL_PASID_LIMIT;
}

/* Of an undefined command, or of freeing: there the result is RsvdZ whatever the status. */
static uint64_t turn_down(const struct model_unit *unit, uint8_t status)
{
	return make_response(unit, status,
			     defect(unit, VCMD_RESULT_BESIDE_REFUSAL) ? operand_pasid(unit) : 0);
}

/* The PASID that goes out next; 0: none is left. */
static uint32_t choose_pasid(const struct model_unit *unit)
{
	const uint32_t capacity = unit->config.vcmd.capacity;

	if (defect(unit, VCMD_GIVES_NONE) || (capacity != 0 && unit->vcmd_live_count >= capacity))
		return 0;
	return next_free(unit);
}

static uint64_t answer_allocation(const struct model_unit *unit, uint32_t pasid)
{
	if (defect(unit, VCMD_GIVES_BESIDE_REFUSAL))
		return make_response(unit, refused_status(unit), pasid);
	if (defect(unit, VCMD_ALLOC_ADDS_OPERAND))
		pasid = (pasid + operand_pasid(unit)) % MODEL_PASID_LIMIT;
	return make_response(unit, VCMD_STATUS_SUCCESS, pasid);
}

static uint64_t allocate_pasid(struct model_unit *unit)
{
	const struct model_vcmd_behaviour *behaviour = &unit->config.vcmd;
	uint32_t pasid;

	if (behaviour->offers_pasid_0)
		return make_response(unit, VCMD_STATUS_SUCCESS, 0);
	if (behaviour->offers_same_twice && unit->vcmd_previous != 0 && !unit->vcmd_repeated) {
		unit->vcmd_repeated = true;
		return make_response(unit, VCMD_STATUS_SUCCESS, unit->vcmd_previous);
	}
	pasid = choose_pasid(unit);
	if (pasid == 0 && !defect(unit, VCMD_EXHAUSTION_SILENT))
		return make_response(unit, refused_status(unit), 0);
	if (pasid != 0 && !defect(unit, VCMD_REUSES_LIVE))
		set_handed_out(unit->config.pasids, pasid, true);
	if (defect(unit, VCMD_REUSES_LIVE))
		unit->config.pasids->hint = 0;
	unit->vcmd_live_count++;
	unit->vcmd_previous = pasid;
	unit->vcmd_repeated = false;
	return answer_allocation(unit, pasid);
}

static uint64_t free_pasid(struct model_unit *unit)
{
	uint32_t pasid = operand_pasid(unit);

	if (!is_in_pool(unit->config.pasids, pasid) || !is_handed_out(unit->config.pasids, pasid))
		return turn_down(unit, defect(unit, VCMD_FREE_UNCHECKED) ? VCMD_STATUS_SUCCESS
									 : refused_status(unit));
	if (!defect(unit, VCMD_FREE_FORGOTTEN))
		set_handed_out(unit->config.pasids, pasid, false);
	if (unit->vcmd_live_count != 0)
		unit->vcmd_live_count--;
	return make_response(unit, VCMD_STATUS_SUCCESS, 0);
}

/* "Usage of any command that is reported as unsupported ... will return Undefined Command" */
static bool is_supported(const struct model_unit *unit, unsigned int command)
{
	uint64_t vccap = unit->config.vccap;
	bool is_draft = unit->config.vcmd_layout == MODEL_VCMD_DRAFT;

	switch (command) {
	case VCMD_NULL:
		return is_draft || reg_get(vccap, VCCAP_NS);
	case VCMD_ALLOC_PASID:
		return is_draft ? reg_get(vccap, DRAFT_VCCAP_PAS) : reg_get(vccap, VCCAP_PAS);
	case VCMD_FREE_PASID:
		return is_draft ? reg_get(vccap, DRAFT_VCCAP_PAS) : reg_get(vccap, VCCAP_FPS);
	default:
		return false;
	}
}

bool mu_vcmd_withholds(const struct model_unit *unit, uint32_t pasid)
{
	const struct model_pasid_space *pool = unit->config.pasids;

	return unit->config.vcmd_layout != MODEL_VCMD_NONE &&
	       is_supported(unit, VCMD_ALLOC_PASID) && pool != NULL &&
	       !(is_in_pool(pool, pasid) && is_handed_out(pool, pasid));
}

static uint64_t carry_out(struct model_unit *unit)
{
	unsigned int command = (unsigned int)reg_get(unit->vcmd, VCMD_CMD);

	if (!is_supported(unit, command))
		return turn_down(unit, defect(unit, VCMD_UNDEFINED_SUCCEEDS)
					       ? VCMD_STATUS_SUCCESS
					       : VCMD_STATUS_UNDEFINED);
	if (command == VCMD_ALLOC_PASID)
		return allocate_pasid(unit);
	if (command == VCMD_FREE_PASID)
		return free_pasid(unit);
	return make_response(unit, VCMD_STATUS_SUCCESS, 0);
}

static bool is_at_work(const struct model_unit *unit)
{
	return unit->vcrsp & FIELD_MASK(VCRSP_IP);
}

static bool is_unsettled(const struct model_unit *unit)
{
	return defect(unit, VCRSP_UNSETTLED) && unit->vcrsp != unit->vcrsp_next;
}

/* "Writes to this field clear the response and set In Progress." */
static void start_command(struct model_unit *unit)
{
	unit->vcrsp_next = carry_out(unit);
	if (defect(unit, VCRSP_IP_STUCK))
		unit->vcrsp_next |= FIELD_MASK(VCRSP_IP);
	unit->vcmd_countdown = unit->config.vcmd.answer_after_reads;
	if (defect(unit, VCRSP_UNSETTLED))
		unit->vcmd_countdown++;
	if (defect(unit, VCRSP_UNSETTLED))
		unit->vcrsp = 0;
	else if (unit->config.vcmd.never_answers || unit->vcmd_countdown != 0)
		unit->vcrsp = FIELD_MASK(VCRSP_IP);
	else
		unit->vcrsp = unit->vcrsp_next;
}

/* ---- registers ---- */

static uint32_t response_half(struct model_unit *unit, uint32_t offset)
{
	uint64_t shown = unit->vcrsp;

	/* The half that holds IP is the one that is polled. */
	if (!is_high_half(offset) && (is_at_work(unit) || is_unsettled(unit)) &&
	    !unit->config.vcmd.never_answers) {
		if (unit->vcmd_countdown == 0)
			shown = unit->vcrsp = unit->vcrsp_next;
		else
			unit->vcmd_countdown--;
	}
	return half_of(shown, offset);
}

bool mu_vcmd_read(struct model_unit *unit, uint32_t offset, uint32_t *value)
{
	uint32_t base = offset & ~7u;
	uint64_t shown = 0;

	if (!is_in_block(unit, offset))
		return false;
	if (base == places(unit)->response) {
		*value = response_half(unit, offset);
		return true;
	}
	if (base == places(unit)->command)
		shown = unit->vcmd;
	else if (base == places(unit)->capability)
		shown = unit->config.vccap;
	else if (base == places(unit)->operand)
		shown = unit->vcmd_operand;
	*value = half_of(shown, offset);
	return true;
}

bool mu_vcmd_write(struct model_unit *unit, uint32_t offset, uint32_t value)
{
	const struct register_places *at = places(unit);
	uint32_t base = offset & ~7u;

	if (!is_in_block(unit, offset))
		return false;
	if (base == at->response && defect(unit, VCRSP_WRITABLE))
		mu_merge_half(&unit->vcrsp, offset, value);
	/* Writes are dropped while a command is in progress. */
	if (is_at_work(unit) && !defect(unit, VCMD_BUSY_WRITE_TAKEN))
		return true;
	if (base == at->operand && at->operand != 0) {
		mu_merge_half(&unit->vcmd_operand, offset, value);
		if (defect(unit, VCMD_OPERAND_B_STARTS))
			start_command(unit);
	}
	if (base != at->command)
		return true;
	mu_merge_half(&unit->vcmd, offset, value);
	if (!is_high_half(offset))
		start_command(unit);
	return true;
}
