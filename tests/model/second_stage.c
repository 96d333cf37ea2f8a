/* SPDX-License-Identifier: MIT */
/*
 * "Second-Stage Translation": the walk, the paging-structure caches that shorten it, and the
 * accessed and dirty flags.
 */
#include "tests/model/internal.h"

unsigned int mu_level_shift(unsigned int level)
{
	return MU_PAGE_SHIFT + MU_LEVEL_BITS * (level - 1);
}

static bool is_large_supported(const struct model_unit *unit, unsigned int level)
{
	uint64_t sizes = cap(unit, CAP_SSLPS);

	if (level == 3)
		return sizes >> SSLPS_1G & 1;
	return level == 2 && (sizes >> SSLPS_2M & 1);
}

static bool is_leaf_entry(unsigned int level, uint64_t pte)
{
	return level == 1 || (level <= 3 && pte & FIELD_MASK(SS_PS));
}

/* R and W, or IR and IW once SSIRWE is in effect. */
static bool has_io_bits(const struct model_unit *unit)
{
	return unit->io_bits && !defect(unit, IO_RIGHTS_IGNORED);
}

static bool can_read(const struct model_unit *unit, uint64_t pte)
{
	return pte & (has_io_bits(unit) ? FIELD_MASK(SS_IR) : FIELD_MASK(SS_R));
}

static bool can_write(const struct model_unit *unit, uint64_t pte)
{
	return pte & (has_io_bits(unit) ? FIELD_MASK(SS_IW) : FIELD_MASK(SS_W));
}

/* "Format for Second-Stage Paging Entries": what must be 0 at this level. */
static uint64_t reserved_in_entry(const struct model_unit *unit, unsigned int level, uint64_t pte)
{
	uint64_t reserved = beyond_host_width(unit) & FIELD_MASK(SS_ADDR);

	if (!unit->io_bits && !unit->config.has_transient_bit)
		reserved |= FIELD_MASK(SS_IW);
	if (level > 1 && !is_large_supported(unit, level))
		reserved |= FIELD_MASK(SS_PS);
	if (!is_leaf_entry(level, pte) || !ecap(unit, ECAP_SC) || defect(unit, SS_SNP_RESERVED))
		reserved |= FIELD_MASK(SS_SNP);
	if (defect(unit, SS_IGNORED_RESERVED))
		reserved |= FIELD_MASK(SS_IPAT);
	if (is_leaf_entry(level, pte))
		reserved |= page_of((UINT64_C(1) << mu_level_shift(level)) - 1);
	return reserved;
}

static bool is_reserved_ignored(const struct model_unit *unit, unsigned int level)
{
	switch (level) {
	case 1:
		return defect(unit, SS_PTE_RESERVED_IGNORED);
	case 2:
		return defect(unit, SS_PDE_RESERVED_IGNORED);
	case 3:
		return defect(unit, SS_PDPE_RESERVED_IGNORED);
	case 4:
		return defect(unit, SS_PML4_RESERVED_IGNORED);
	default:
		return defect(unit, SS_PML5_RESERVED_IGNORED);
	}
}

/* ---- paging-structure caches ---- */

static struct model_cached table_key(const struct mu_stages *stages, unsigned int level,
				     uint64_t address)
{
	return (struct model_cached){
		.kind = MODEL_CACHED_TABLE,
		.table = {
			.did = stages->did,
			.level = (uint8_t)level,
			.address = address >> mu_level_shift(level) << mu_level_shift(level),
		},
	};
}

/* The deepest cached entry on the way to this address: PDE-cache first, then upwards. */
static const struct model_cached_table *deepest(struct model_unit *unit,
						const struct mu_stages *stages, uint64_t address)
{
	for (unsigned int level = 2; level <= stages->second_levels; level++) {
		struct model_cached key = table_key(stages, level, address);
		const struct model_cached *entry = mu_cache_find(unit, &key);

		if (entry != NULL)
			return &entry->table;
	}
	return NULL;
}

/* ---- the walk ---- */

struct position {
	uint64_t address; /* that is looked for */
	uint64_t table;
	unsigned int level;
	bool read, write;
	uint64_t where; /* of the entry looked at */
	uint64_t pte;
};

/* Sets flags in an entry unless they are set. */
static uint8_t set_flags(struct model_unit *unit, const struct mu_stages *stages, uint64_t where,
			 uint64_t *pte, uint64_t flags)
{
	if ((*pte & flags) == flags)
		return 0;
	if (!stages->snooped_walk)
		return MU_SSS_5; /* an update is needed, but the walk is not snooped */
	*pte |= flags;
	if (!unit->host.write(unit->host.context, where, pte, sizeof(*pte)))
		return MU_SSS_6; /* update failed */
	return 0;
}

static uint64_t entry_address(const struct model_unit *unit, const struct position *at)
{
	uint64_t index = (at->address >> mu_level_shift(at->level)) % PAGING_ENTRIES;

	if (at->level == 1 && defect(unit, SS_INDEX_8_BITS))
		index %= PAGING_ENTRIES / 2;
	return at->table + index * sizeof(at->pte);
}

static uint8_t access_error(const struct mu_stages *stages, bool is_top)
{
	if (stages->pgtt != 0)
		return is_top ? MU_SSS_4 : MU_SSS_1;
	return is_top ? MU_LCT_4_3 : MU_LSS_1;
}

/* R = W = 0. With CM = 1 the fact is kept where it cannot be a missing leaf. */
static void not_present(struct model_unit *unit, const struct mu_stages *stages,
			const struct position *at)
{
	struct model_cached entry = table_key(stages, at->level, at->address);

	entry.table.is_end = true;
	if (at->level > 1 && !is_large_supported(unit, at->level) && mu_caches_faults(unit))
		mu_cache_add(unit, &entry);
}

static void found_leaf(const struct model_unit *unit, const struct position *at,
		       struct mu_second *to)
{
	uint64_t within = (UINT64_C(1) << mu_level_shift(at->level)) - 1;
	uint64_t offset = page_of(at->address & within);

	if (at->level == 2 && defect(unit, SS_2M_OFFSET_LOST))
		offset = 0;
	if (at->level == 3 && defect(unit, SS_1G_OFFSET_LOST))
		offset %= UINT64_C(1) << mu_level_shift(2);
	to->phys = (at->pte & FIELD_MASK(SS_ADDR) & ~beyond_host_width(unit) & ~within) | offset;
	if (defect(unit, SS_PAGE_ADDRESS_40_BITS))
		to->phys = cut_short(to->phys);
	to->read = at->read;
	to->write = at->write;
	to->dirty = at->pte & FIELD_MASK(SS_D);
	to->snooped = at->pte & FIELD_MASK(SS_SNP);
	to->page_shift = (uint8_t)mu_level_shift(at->level);
	to->where = at->where;
	to->pte = at->pte;
}

static void descend(struct model_unit *unit, const struct mu_stages *stages, struct position *at)
{
	struct model_cached entry = table_key(stages, at->level, at->address);

	at->table = at->pte & FIELD_MASK(SS_ADDR) & ~beyond_host_width(unit);
	if (defect(unit, SS_TABLE_ADDRESS_40_BITS))
		at->table = cut_short(at->table);
	entry.table.table = at->table;
	entry.table.read = at->read;
	entry.table.write = at->write;
	mu_cache_add(unit, &entry);
	at->level--;
}

static void take_rights(const struct model_unit *unit, struct position *at)
{
	bool ignores_upper = defect(unit, SS_UPPER_PERMISSION_IGNORED);

	at->read = (at->read || ignores_upper) && can_read(unit, at->pte);
	at->write = (at->write || ignores_upper) && can_write(unit, at->pte);
}

/* Where the walk begins: at the top, or below the deepest entry that is cached. False: nowhere. */
static bool start_walk(struct model_unit *unit, const struct mu_stages *stages, struct position *at)
{
	const struct model_cached_table *cached = deepest(unit, stages, at->address);

	at->table = cached == NULL ? stages->second : cached->table;
	at->level = cached == NULL ? stages->second_levels : cached->level - 1u;
	at->read = cached == NULL || cached->read;
	at->write = cached == NULL || cached->write;
	return cached == NULL || !cached->is_end;
}

uint8_t mu_second_stage_walk(struct model_unit *unit, const struct mu_stages *stages,
			     uint64_t address, struct mu_second *to)
{
	struct position at = { .address = address };
	bool is_wrong;
	uint8_t reason;

	*to = (struct mu_second){ .page_shift = MU_PAGE_SHIFT };
	if (!start_walk(unit, stages, &at))
		return 0;
	for (;;) {
		at.where = entry_address(unit, &at);
		if (!mu_fetch(unit, at.where, &at.pte, sizeof(at.pte)))
			return access_error(stages, at.level == stages->second_levels);
		is_wrong = at.pte & reserved_in_entry(unit, at.level, at.pte);
		if (!can_read(unit, at.pte) && !can_write(unit, at.pte) &&
		    !(is_wrong && defect(unit, SS_RESERVED_BEFORE_PRESENT))) {
			not_present(unit, stages, &at);
			return 0;
		}
		if (is_wrong && !is_reserved_ignored(unit, at.level)) {
			to->fault = stages->pgtt != 0 ? MU_SSS_3 : MU_LSS_2;
			return 0;
		}
		reason = 0;
		if (stages->tracks_dirty && !defect(unit, SS_ACCESSED_NOT_SET))
			reason = set_flags(unit, stages, at.where, &at.pte, FIELD_MASK(SS_A));
		if (reason != 0)
			return reason;
		take_rights(unit, &at);
		if (is_leaf_entry(at.level, at.pte))
			break;
		descend(unit, stages, &at);
	}
	found_leaf(unit, &at, to);
	return 0;
}

uint8_t mu_second_stage_wrote(struct model_unit *unit, const struct mu_stages *stages,
			      struct mu_second *to)
{
	uint8_t reason;

	if (!stages->tracks_dirty || defect(unit, SS_DIRTY_NOT_SET))
		return 0;
	reason = set_flags(unit, stages, to->where, &to->pte, FIELD_MASK(SS_D));
	to->dirty = reason == 0;
	return reason;
}

bool mu_is_above_second_stage(const struct model_unit *unit, unsigned int levels, uint64_t address)
{
	unsigned int guest = (unsigned int)cap(unit, CAP_MGAW) + 1;
	unsigned int tables = mu_level_shift(levels + 1);
	unsigned int width = guest < tables ? guest : tables;

	return width < 64 && address >> width != 0;
}

/* ---- a request that only the second stage is for ---- */

uint8_t mu_second_stage_translate(struct model_unit *unit, struct mu_walk *walk,
				  const struct mu_stages *stages)
{
	struct model_cached leaf = {
		.page = {
			.did = stages->did,
			.pgtt = stages->pgtt,
			.supervisor = stages->supervisor,
			.tracks_dirty = stages->tracks_dirty,
			.user = true,
			.writable = true,
		},
	};
	struct mu_second to;
	uint8_t reason;

	if (mu_is_above_second_stage(unit, stages->second_levels, walk->request->address) &&
	    !defect(unit, SS_WIDTH_UNCHECKED))
		return walk->scalable ? MU_SGN_5 : MU_LGN_1_1;
	reason = mu_second_stage_walk(unit, stages, walk->request->address, &to);
	if (reason != 0)
		return reason;
	leaf.fault = to.fault;
	leaf.page.phys = to.phys;
	leaf.page.read = to.read;
	leaf.page.write = to.write;
	leaf.page.page_shift = to.page_shift;
	leaf.page.snooped = stages->page_snoop || to.snooped;
	reason = mu_finish_access(unit, walk, &leaf);
	if (reason == 0 && mu_makes_dirty(unit, walk) &&
	    !(walk->request->kind == MODEL_ATOMIC && defect(unit, DIRTY_NOT_BY_ATOMIC)))
		reason = mu_second_stage_wrote(unit, stages, &to);
	leaf.page.dirty = to.dirty;
	/* Only CM = 1 allows to keep what ended in a fault. */
	if (reason == 0 || (mu_caches_faults(unit) && reason != MU_SSS_5 && reason != MU_SSS_6))
		mu_iotlb_fill(unit, walk, &leaf);
	return reason;
}
