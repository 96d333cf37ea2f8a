/* SPDX-License-Identifier: MIT */
/* What is due for one request: what each side says of it, and whether they say the same. */
#include "tests/fuzz/shadow.h"

#include "arch/string.h"

/*
 * What each side keeps from one request to the next: all; no pages; contexts only; nothing. All but the last
 * are there twice: the second ones look ahead, too.
 */
enum side {
	EAGER,
	WITHOUT_PAGES,
	CONTEXTS_ONLY,
	LOOKS_AHEAD,
	FORGETFUL = SHADOW_SIDES - 1,
};

bool shadow_needs_side(const struct shadow *shadow, unsigned int which)
{
	return !shadow->sees_all || which < LOOKS_AHEAD || which == FORGETFUL;
}

/* The first fault recorded, if one is; all of them are cleared. */
static bool take_fault(struct model_unit *model, const struct caps *caps, struct fault *fault)
{
	uint32_t first = caps_fault_record_offset_bytes(caps);
	bool is_recorded = false;

	for (unsigned int i = 0; i < caps_fault_record_count(caps); i++) {
		const uint32_t at = first + i * FRCD_BYTES;
		const uint64_t record[2] = { model_read(model, at, 8),
					     model_read(model, at + 8, 8) };

		if (!field_get(record, FRCD_F))
			continue;
		if (!is_recorded)
			*fault = fault_decode(record);
		is_recorded = true;
		model_write(model, at + 8, 8, UINT64_C(1) << (FIELD_LOW_BIT(FRCD_F) - 64));
	}
	model_write(model, REG_FSTS, 4, (uint32_t)FIELD_MASK(FSTS_PFO));
	return is_recorded;
}

void shadow_clear_faults(struct shadow *shadow)
{
	struct fault fault;

	for (unsigned int i = 0; i < SHADOW_SIDES; i++)
		(void)take_fault(&shadow->sides[i]->model, &shadow->unit->caps, &fault);
}

static bool is_kept(enum side which, const struct model_cached *entry)
{
	if (which == FORGETFUL)
		return false;
	switch (which % LOOKS_AHEAD) {
	case EAGER:
		return true;
	case WITHOUT_PAGES:
		return entry->kind == MODEL_CACHED_CONTEXT || entry->kind == MODEL_CACHED_PASID;
	default:
		return entry->kind == MODEL_CACHED_CONTEXT;
	}
}

static void forget(struct model_unit *model, enum side which)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < model->cache_count; i++) {
		if (!is_kept(which, &model->cache[i]))
			continue;
		if (kept < i)
			model->cache[kept] = model->cache[i];
		kept++;
	}
	model->cache_count = kept;
}

static struct prediction ask(struct shadow *shadow, enum side which,
			     const struct model_request *request, bool takes_fault)
{
	struct shadow_side *side = shadow->sides[which];
	struct prediction due = { 0 };
	struct model_answer answer;

	side->write_count = 0;
	side->has_strayed = false;
	side->sent = (struct sent){ 0 };
	forget(&side->model, which);
	due.lands = model_translate(&side->model, request, &answer);
	due.reason = answer.reason;
	due.answer = answer;
	due.sent = side->sent;
	for (unsigned int i = 0; i < SHADOW_SIDES; i++)
		due.phys[i] = due.lands ? answer.phys : SHADOW_NOWHERE;
	due.is_recorded = takes_fault && take_fault(&side->model, &shadow->unit->caps, &due.fault);
	due.is_unknown = side->has_strayed;
	due.flag_count = side->write_count;
	memcpy(due.flags, side->journal, due.flag_count * sizeof(due.flags[0]));
	side->write_count = 0;
	return due;
}

static bool is_same_fault(const struct fault *a, const struct fault *b)
{
	return a->reason == b->reason && a->type == b->type && a->address_type == b->address_type &&
	       a->sid == b->sid && a->has_pasid == b->has_pasid && a->pasid == b->pasid &&
	       a->execute == b->execute && a->privileged == b->privileged &&
	       a->address == b->address;
}

bool shadow_is_same_answer(const struct model_answer *a, const struct model_answer *b)
{
	return a->completion == b->completion && a->reported == b->reported && a->read == b->read &&
	       a->write == b->write && a->untranslated_only == b->untranslated_only &&
	       a->snooped == b->snooped && a->privileged == b->privileged &&
	       a->execute == b->execute && a->global == b->global && a->page_shift == b->page_shift;
}

static bool are_alike(const struct prediction *a, const struct prediction *b,
		      const struct model_request *request)
{
	return a->lands == b->lands && a->reason == b->reason && a->phys[0] == b->phys[0] &&
	       a->is_recorded == b->is_recorded && is_same_fault(&a->fault, &b->fault) &&
	       sent_is_same(&a->sent, &b->sent) &&
	       (request->type != MODEL_TRANSLATION ||
		shadow_is_same_answer(&a->answer, &b->answer));
}

/* What one found in a cache, flags and all, the other one sets again. */
static bool are_same_flags(const struct prediction *a, const struct prediction *b)
{
	return a->flag_count == b->flag_count &&
	       !memcmp(a->flags, b->flags, a->flag_count * sizeof(a->flags[0]));
}

static struct prediction ask_all(struct shadow *shadow, const struct model_request *request,
				 bool takes_faults)
{
	struct prediction due = ask(shadow, FORGETFUL, request, takes_faults);

	due.are_flags_due = due.lands;
	for (unsigned int i = 0; i < FORGETFUL; i++) {
		struct prediction other;

		due.phys[i] = due.phys[FORGETFUL];
		if (!shadow_needs_side(shadow, i))
			continue;
		other = ask(shadow, (enum side)i, request, takes_faults);

		shadow->has_diverged |= !are_alike(&other, &due, request);
		due.is_unknown |= other.is_unknown;
		due.phys[i] = other.phys[i];
		due.are_flags_due &= are_same_flags(&other, &due);
	}
	due.is_open = shadow->has_diverged;
	return due;
}

struct prediction shadow_predict(struct shadow *shadow, const struct model_request *request)
{
	return ask_all(shadow, request, true);
}

struct prediction shadow_pass(struct shadow *shadow, const struct model_request *request)
{
	return ask_all(shadow, request, false);
}

void shadow_look_ahead(struct shadow *shadow, const struct model_request *request)
{
	for (unsigned int i = LOOKS_AHEAD; i < FORGETFUL; i++) {
		struct model_unit *model = &shadow->sides[i]->model;
		const uint32_t index = model->fault_index;

		(void)ask(shadow, (enum side)i, request, true);
		model->fault_index = index;
	}
}
