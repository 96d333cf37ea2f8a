/* SPDX-License-Identifier: MIT */
/*
 * Registering virtual commands as the source of PASIDs, with proof: nothing else of the bring-up
 * happens before a PASID was had, judged, and given back ("Virtual Command Interface").
 */
#include "iommu/bringup/register_pasids.h"

#include "arch/print.h"

static bool is_source(const struct bringup *b, unsigned int unit)
{
	return b->plan->pasids == PASIDS_VCMD &&
	       bringup_unit_has_note(b->plan, unit, BRINGUP_NOTE_VCMD_SOURCE);
}

static bool refuse(struct bringup *b, enum bringup_reason reason, unsigned int unit)
{
	bringup_fail(b, BRINGUP_STEP_REGISTER, unit, reason,
		     unit == BRINGUP_NO_UNIT ? "" : unit_failure(&b->units[unit]));
	return false;
}

static enum bringup_reason reason_of(enum vcmd_error error)
{
	switch (error) {
	case VCMD_ERROR_TIMEOUT:
	case VCMD_ERROR_BUSY:
		return BRINGUP_REASON_VCMD_SILENT;
	case VCMD_ERROR_NO_PASID:
		return BRINGUP_REASON_VCMD_EXHAUSTED;
	case VCMD_ERROR_PASID_ZERO:
		return BRINGUP_REASON_VCMD_PASID_ZERO;
	case VCMD_ERROR_BEYOND_PSS:
		return BRINGUP_REASON_VCMD_PASID_BEYOND_UNIT;
	default:
		return BRINGUP_REASON_VCMD_BROKEN;
	}
}

/* Gives a PASID back through `unit`. One that stays out weighs more than one that was too large. */
static bool give_back(struct bringup *b, unsigned int unit, uint32_t pasid)
{
	if (vcmd_free_pasid(&b->vcmd[unit], pasid) == VCMD_OK)
		return true;
	if (b->result.reason == BRINGUP_REASON_VCMD_PASID_TOO_LARGE)
		b->result.reason = BRINGUP_REASON_OK;
	return refuse(b, BRINGUP_REASON_VCMD_FREE_REFUSED, unit);
}

/* One PASID, judged; unless the reason is OK, *pasid is a bad offer, 0 if there was none. */
static enum bringup_reason take(struct bringup *b, unsigned int unit, uint32_t *pasid)
{
	enum vcmd_error error = vcmd_alloc_pasid(&b->vcmd[unit], pasid);

	if (error)
		return reason_of(error);
	if (!(*pasid >> b->plan->pasid_bits))
		return BRINGUP_REASON_OK;
	unit_fail(&b->units[unit], STATUS_REFUSED,
		  "VCMD offered PASID %x, the platform has %u bit%s", *pasid, b->plan->pasid_bits,
		  b->plan->pasid_bits == 1 ? "" : "s");
	return BRINGUP_REASON_VCMD_PASID_TOO_LARGE;
}

static bool take_first(struct bringup *b, unsigned int unit, uint32_t *pasid)
{
	const enum bringup_reason reason = take(b, unit, pasid);

	if (!reason)
		return true;
	refuse(b, reason, unit);
	if (*pasid)
		give_back(b, unit, *pasid);
	return false;
}

/*
 * Two PASIDs, since one alone does not show that the second differs; a source with just one left
 * will do. What is had is given back, also after a refusal.
 */
static bool prove_source(struct bringup *b, unsigned int unit)
{
	uint32_t first, second;
	enum bringup_reason reason;
	bool is_good = true;

	if (!take_first(b, unit, &first))
		return false;
	reason = take(b, unit, &second);
	if (second == first) {
		unit_fail(&b->units[unit], STATUS_REFUSED, "VCMD offered PASID %x twice", first);
		is_good = refuse(b, BRINGUP_REASON_VCMD_PASID_TWICE, unit);
	} else if (reason && reason != BRINGUP_REASON_VCMD_EXHAUSTED) {
		is_good = refuse(b, reason, unit);
	}
	if (second && second != first && !give_back(b, unit, second))
		is_good = false;
	return give_back(b, unit, first) && is_good;
}

/* A PASID of one unit that another takes back is a PASID of both. */
static bool prove_shared(struct bringup *b, unsigned int with_unit, unsigned int unit)
{
	uint32_t pasid;

	if (b->plan->request.backing != BACKING_UNKNOWN)
		return true; /* shared: the plan refuses private ones */
	if (!take_first(b, with_unit, &pasid))
		return false;
	if (vcmd_free_pasid(&b->vcmd[unit], pasid) == VCMD_OK)
		return true;
	unit_fail(&b->units[unit], STATUS_REFUSED,
		  "VCMD does not take back PASID %x, which unit %u gave", pasid, with_unit);
	refuse(b, BRINGUP_REASON_PRIVATE_PASIDS, unit);
	give_back(b, with_unit, pasid);
	return false;
}

static enum options_vcmd layout_choice(const struct vcmd_layout *layout)
{
	return layout == &vcmd_layout_draft ? VCMD_DRAFT : VCMD_33;
}

/* The space first: it knows whether PASIDs from elsewhere are live, and writes nothing. */
static bool register_unit(struct bringup *b, unsigned int unit)
{
	struct pasid_source source;
	enum pasid_error error;

	if (vcmd_probe(&b->units[unit], layout_choice(b->plan->layouts[unit]), &b->vcmd[unit]))
		return refuse(b, BRINGUP_REASON_VCMD_NO_LAYOUT, unit);
	source = vcmd_pasid_source(&b->vcmd[unit], b->vcmd);
	error = pasid_space_register(b->pasids, unit, &source);
	if (error) {
		unit_fail(&b->units[unit], STATUS_REFUSED, "%s", pasid_error_name(error));
		return refuse(b,
			      error == PASID_ERROR_DEFAULT_LIVE ? BRINGUP_REASON_DEFAULT_PASIDS_LIVE
								: BRINGUP_REASON_ALLOCATOR_REFUSED,
			      unit);
	}
	b->is_registered[unit] = true;
	return prove_source(b, unit) &&
	       (unit == b->plan->vcmd_unit || prove_shared(b, b->plan->vcmd_unit, unit));
}

/*
 * A VMM knows nothing of narrower units beside its own. Its PASIDs were given back, and PASID 0 needs
 * no allocator: where PASIDs are only wanted, all else goes on without them.
 */
static bool give_up_sva(struct bringup *b)
{
	struct bringup_result *result = &b->result;

	if (b->plan->request.pasids == BRINGUP_REQUIRED ||
	    result->reason != BRINGUP_REASON_VCMD_PASID_TOO_LARGE)
		return false;
	result->reason = BRINGUP_REASON_OK;
	result->has_pasids = false;
	result->pasids_off_unit = result->unit;
	print_to(result->pasids_off_because, sizeof(result->pasids_off_because), "%s",
		 result->words);
	result->words[0] = 0;
	result->unit = BRINGUP_NO_UNIT;
	return true;
}

bool bringup_register_pasids(struct bringup *b)
{
	if (b->plan->pasids == PASIDS_NONE)
		return true;
	if (!b->pasids)
		return refuse(b, BRINGUP_REASON_NO_PASID_MEMORY, BRINGUP_NO_UNIT);
	if (b->pasids->bits > b->plan->pasid_bits)
		return refuse(b, BRINGUP_REASON_ALLOCATOR_REFUSED, BRINGUP_NO_UNIT);
	for (unsigned int i = 0; i < b->plan->unit_count; i++)
		if (is_source(b, i) && !register_unit(b, i)) {
			bringup_unregister_pasids(b);
			return give_up_sva(b);
		}
	return true;
}

bool bringup_unregister_pasids(struct bringup *b)
{
	bool is_done = true;

	for (unsigned int i = b->plan->unit_count; i-- > 0;) {
		if (!b->is_registered[i])
			continue;
		if (pasid_space_unregister(b->pasids, i) == PASID_OK)
			b->is_registered[i] = false;
		else
			is_done = false;
	}
	return is_done;
}
