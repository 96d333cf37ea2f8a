/* SPDX-License-Identifier: MIT */
#include "tests/scenes/spare.h"

#include "arch/string.h"
#include "iommu/structures/entry.h"

static bool map(struct spare *spare, struct stage *stage)
{
	phys_t gap = phys(stage_address_of(stage, stage->canary[CANARY_GAP]));
	struct paging *table = &spare->table;

	return stage_create_table(stage, table) == STATUS_OK &&
	       paging_map(table, stage->window, gap, 12, ACCESS_BOTH) == STATUS_OK &&
	       stage_map_mailbox(stage, table) && stage_adopt_table(stage, table) == STATUS_OK;
}

static unsigned int second_stage_levels(const struct stage *stage)
{
	return caps_best_levels(&stage->unit->caps);
}

static bool make_legacy(struct spare *spare, const struct stage *stage, enum spare_kind kind)
{
	struct context_entry context =
		kind == SPARE_TABLES ? context_translated(&spare->table, spare->did)
				     : context_pass_through(second_stage_levels(stage), spare->did);

	memcpy(spare->context, context.q, sizeof(context.q));
	return true;
}

static struct pasid_entry pasid_entry_of(const struct spare *spare, const struct stage *stage,
					 enum spare_kind kind)
{
	bool has_width = caps_has(&stage->unit->caps, CAPABILITY_SSTS);

	if (kind == SPARE_TABLES)
		return stage_pasid_entry(stage, &spare->table, spare->did);
	return pasid_pass_through(has_width ? second_stage_levels(stage) : 0, spare->did);
}

static bool make_scalable(struct spare *spare, const struct stage *stage, enum spare_kind kind)
{
	const struct scene *scene = &stage->scene;
	struct pasid_entry entry = pasid_entry_of(spare, stage, kind);
	struct sm_context_entry context;
	struct pasid_entry *slot;

	if (pasid_table_create(&spare->pasids, scene->pdts, stage->root.snooped) != STATUS_OK)
		return false;
	slot = pasid_table_entry(&spare->pasids, scene->rid_pasid);
	if (!slot)
		return false;
	entry_store(slot->q, entry.q, 8, stage->root.snooped);
	context = sm_context(phys_of(spare->pasids.directory), scene->pdts, scene->rid_pasid);
	memcpy(spare->context, context.q, sizeof(context.q));
	return true;
}

bool spare_create(struct spare *spare, struct stage *stage, enum spare_kind kind)
{
	*spare = (struct spare){ .did = SPARE_DID, .page = CANARY_GAP };
	if (kind == SPARE_PASS_THROUGH)
		spare->page = CANARY_BYSTANDER_0;
	if ((kind == SPARE_PASS_THROUGH || map(spare, stage)) &&
	    (stage->root.scalable ? make_scalable(spare, stage, kind)
				  : make_legacy(spare, stage, kind)))
		return true;
	spare_destroy(spare);
	return false;
}

void spare_destroy(struct spare *spare)
{
	paging_destroy(&spare->table);
	pasid_table_destroy(&spare->pasids);
	*spare = (struct spare){ 0 };
}
