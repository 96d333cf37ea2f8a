/* SPDX-License-Identifier: MIT */
/* What the tables of a scene have here beside what other tests need: all of it follows from the scene. */
#include "tests/fuzz/scenery.h"

#include "iommu/structures/entry.h"
#include "tests/scenes/agents/endpoint.h"

/* In every second scene devices may ask for translations and pages, and wherever pages are the subject. */
static void let_devices_ask(const struct theatre *theatre, uint64_t *context)
{
	const struct stage *stage = theatre->stage;
	const struct caps *caps = &stage->unit->caps;

	if (!caps_has(caps, CAPABILITY_DT) || (theatre->emphasis != ON_PAGES && !(stage->did & 1)))
		return;
	if (stage->scene.mode != SCENE_SCALABLE && !stage->scene.pass_through)
		field_set(context, CONTEXT_TT, TT_ALL);
	if (stage->scene.mode != SCENE_SCALABLE)
		return;
	field_set(context, SMCONTEXT_DTE, 1);
	if (caps_has(caps, CAPABILITY_PRS))
		field_set(context, SMCONTEXT_PRE, 1);
}

/* Flags that a good entry may have or not, if the unit has what they are about. */
static void vary_flags(const struct theatre *theatre, uint64_t *entry)
{
	const struct stage *stage = theatre->stage;
	const struct caps *caps = &stage->unit->caps;
	struct random random = random_from(stage->did, stage->scene.pasid);

	if (stage->scene.stage != STAGE_FIRST && caps_has(caps, CAPABILITY_SSADS))
		field_set(entry, PASID_SSADE, random_one_in(&random, 2));
	if (stage->scene.stage == STAGE_SECOND)
		return;
	field_set(entry, PASID_WPE, random_one_in(&random, 2));
	if (caps_has(caps, CAPABILITY_SRS))
		field_set(entry, PASID_SRE, !random_one_in(&random, 4));
	if (caps_has(caps, CAPABILITY_EAFS))
		field_set(entry, PASID_EAFE, random_one_in(&random, 2));
}

uint32_t scenery_twin(const struct stage *stage)
{
	const unsigned int of_tables = 13 + stage->scene.pdts;
	const unsigned int of_unit = caps_pasid_bits(&stage->unit->caps);
	const unsigned int bits = of_tables < of_unit ? of_tables : of_unit;

	if (!stage->scene.pasid)
		return 0;
	return stage->scene.pasid ^
	       UINT32_C(1) << (bits > 16 ? 16 + stage->did % (bits - 16) : stage->did % bits);
}

/*
 * The twin's tables are those of requests without PASID, which lead elsewhere. "Tagging of Cached Translations": with
 * another first stage it may well be in the same domain, with another second stage not.
 */
static bool add_twin(const struct theatre *theatre)
{
	struct stage *stage = theatre->stage;
	const uint32_t twin = scenery_twin(stage);
	const struct pasid_entry *other;
	struct pasid_entry *slot, entry;

	if (!twin || twin == stage->scene.rid_pasid)
		return true;
	other = pasid_table_entry(&stage->pasids, stage->scene.rid_pasid);
	slot = pasid_table_entry(&stage->pasids, twin);
	if (!other || !slot)
		return false;
	entry = *other;
	if (stage->scene.stage == STAGE_FIRST)
		field_set(entry.q, PASID_DID, stage->did);
	entry_store(slot->q, entry.q, 8, stage->root.snooped);
	return true;
}

bool scenery_add(const struct theatre *theatre)
{
	const struct stage *stage = theatre->stage;

	if (!endpoint_of(stage->agent))
		return true;
	let_devices_ask(theatre, theatre->words[AT_CONTEXT]);
	if (stage->scene.mode != SCENE_SCALABLE)
		return true;
	if (theatre->words[AT_PASID] && !stage->scene.pass_through)
		vary_flags(theatre, theatre->words[AT_PASID]);
	return add_twin(theatre);
}
