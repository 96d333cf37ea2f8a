/* SPDX-License-Identifier: MIT */
/*
 * "Legacy Mode Address Translation": root entry, context entry, second stage.
 */
#include "tests/model/internal.h"

/* Root entry of this bus, into *root. */
static uint8_t read_root(struct model_unit *unit, uint16_t sid, uint64_t *root)
{
	uint64_t reserved = beyond_host_width(unit) | ~(FIELD_MASK(ROOT_P) | FIELD_MASK(ROOT_CTP));

	if (!mu_fetch(unit, unit->root + sid_bus(sid) * sizeof(struct root_entry), root,
		      sizeof(struct root_entry)))
		return MU_LRT_1; /* root entry cannot be accessed */
	if (root[0] & reserved && defect(unit, ROOT_RESERVED_BEFORE_PRESENT))
		return MU_LRT_3;
	if (!field_get(root, ROOT_P) && !defect(unit, ROOT_PRESENT_IGNORED))
		return MU_LRT_2; /* not present */
	if (((root[0] & reserved) | root[1]) && !defect(unit, ROOT_RESERVED_IGNORED))
		return MU_LRT_3; /* reserved field */
	return 0;
}

static bool has_reserved(const struct model_unit *unit, const uint64_t *context)
{
	uint64_t low = FIELD_MASK(CONTEXT_P) | FIELD_MASK(CONTEXT_FPD) | FIELD_MASK(CONTEXT_TT) |
		       FIELD_MASK(CONTEXT_SSPTPTR);
	uint64_t high = FIELD_MASK(CONTEXT_AW) | FIELD_MASK(CONTEXT_IGN) |
			reg_put(CONTEXT_DID, domain_mask(unit));

	/* SSPTPTR is ignored for pass-through, the bits above HAW included. */
	if (field_get(context, CONTEXT_TT) != TT_PASS_THROUGH)
		low &= ~beyond_host_width(unit);
	return ((context[0] & ~low) | (context[1] & ~high)) != 0;
}

static bool is_supported_type(const struct model_unit *unit, uint64_t tt)
{
	switch (tt) {
	case TT_UNTRANSLATED_ONLY:
		return true;
	case TT_ALL:
		return ecap(unit, ECAP_DT) != 0;
	case TT_PASS_THROUGH:
		return ecap(unit, ECAP_PT) != 0;
	default:
		return false;
	}
}

static uint8_t check_context_entry(const struct model_unit *unit, const uint64_t *context)
{
	if (!field_get(context, CONTEXT_P) && !defect(unit, CONTEXT_PRESENT_IGNORED))
		return MU_LCT_2; /* not present */
	if (has_reserved(unit, context) && !defect(unit, CONTEXT_RESERVED_IGNORED))
		return MU_LCT_3; /* reserved field */
	if (!mu_is_supported_width(unit, field_get(context, CONTEXT_AW)) &&
	    !defect(unit, CONTEXT_AW_UNCHECKED))
		return MU_LCT_4_1; /* AW not supported */
	if (!is_supported_type(unit, field_get(context, CONTEXT_TT)) &&
	    !defect(unit, CONTEXT_TT_UNCHECKED))
		return MU_LCT_4_2; /* TT not supported */
	return 0;
}

/* Root and context entry from memory. Only what was read can be cached: *has_entry. */
static uint8_t fetch_context(struct model_unit *unit, uint16_t sid, struct model_cached *entry,
			     bool *has_entry)
{
	uint64_t root[2];
	unsigned int entries = CONTEXT_ENTRIES;
	uint8_t reason = read_root(unit, sid, root);

	if (defect(unit, CONTEXT_DEVFN_7_BITS))
		entries /= 2;
	*has_entry = reason != MU_LRT_1;
	if (reason != 0)
		return reason;
	*has_entry = mu_fetch(unit,
			      field_get_address(root, ROOT_CTP) +
				      sid_devfn(sid) % entries * sizeof(struct context_entry),
			      entry->context.q, sizeof(struct context_entry));
	if (!*has_entry)
		return MU_LCT_1; /* context entry cannot be accessed */
	/* FPD counts whether P is set or not. */
	entry->fpd = field_get(entry->context.q, CONTEXT_FPD) && !defect(unit, CONTEXT_FPD_IGNORED);
	return check_context_entry(unit, entry->context.q);
}

/* The context entry of the request's source, from the context cache or from memory. */
static uint8_t locate_context(struct model_unit *unit, struct mu_walk *walk,
			      struct model_cached *entry)
{
	bool has_entry;

	*entry = (struct model_cached){
		.kind = MODEL_CACHED_CONTEXT,
		.context = { .sid = walk->request->sid },
	};
	if (mu_cache_recall(unit, entry)) {
		walk->fpd = entry->fpd;
		return entry->fault;
	}
	entry->fault = fetch_context(unit, walk->request->sid, entry, &has_entry);
	walk->fpd = entry->fpd;
	/* Entries that would fault are tagged with the reserved domain-id 0. */
	if (entry->fault == 0)
		entry->context.did = (uint16_t)field_get(entry->context.q, CONTEXT_DID);
	if (entry->fault == 0 || (has_entry && mu_caches_faults(unit)))
		mu_cache_add(unit, entry);
	return entry->fault;
}

static uint8_t translate_second_stage(struct model_unit *unit, struct mu_walk *walk,
				      const struct model_cached_context *context)
{
	uint64_t aw = field_get(context->q, CONTEXT_AW);
	struct mu_stages stages = {
		.did = context->did,
		.second = field_get_address(context->q, CONTEXT_SSPTPTR) & ~beyond_host_width(unit),
		.second_levels = mu_is_supported_width(unit, aw) ? mu_levels_of_width(aw) : 4,
	};

	return mu_second_stage_translate(unit, walk, &stages);
}

uint8_t mu_legacy_translate(struct model_unit *unit, struct mu_walk *walk)
{
	const struct model_request *request = walk->request;
	struct model_cached context, entry = { 0 };
	uint64_t tt;
	uint8_t reason;

	if (request->type == MODEL_UNTRANSLATED && mu_iotlb_hit(unit, walk, &reason))
		return reason;
	reason = locate_context(unit, walk, &context);
	if (reason != 0)
		return reason;
	tt = field_get(context.context.q, CONTEXT_TT);
	if (request->type != MODEL_UNTRANSLATED && tt != TT_ALL &&
	    !defect(unit, CONTEXT_ATS_UNCHECKED))
		return MU_LCT_5; /* TT blocks translation and translated requests */
	if (request->type == MODEL_TRANSLATED)
		return mu_translated_request(unit, walk);
	if (mu_is_interrupt_translation(unit, walk))
		return mu_interrupt_range_translation(unit, walk);
	if (mu_is_ats(walk) && mu_iotlb_hit(unit, walk, &reason))
		return reason;
	if (tt == TT_PASS_THROUGH || (tt == TT_ALL && defect(unit, TT_ALL_PASSES))) {
		entry.page.did = context.context.did;
		return mu_pass_through(unit, walk, &entry);
	}
	return translate_second_stage(unit, walk, &context.context);
}
