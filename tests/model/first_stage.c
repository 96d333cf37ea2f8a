/* SPDX-License-Identifier: MIT */
/*
 * "First-Stage Translation" and "Nested Translation": the walk, the paging-structure caches that
 * shorten it, and the accessed, extended accessed and dirty flags.
 *
 * Nested, every address that the first stage names is the second stage's input: the top, each table,
 * the page. Each table has two addresses then, the one in the entry and the one in memory.
 */
#include "tests/model/internal.h"

/* A first-stage walk under way. */
struct position {
	unsigned int level;
	uint64_t table; /* as the entry above it has it */
	uint64_t phys;	/* where it lies */
	uint64_t where; /* of the entry looked at */
	uint64_t pte;
	bool user, writable; /* of all entries from the top to here */
};

static bool is_nested(const struct mu_stages *stages)
{
	return stages->pgtt == PGTT_NESTED;
}

/* SGN.1: bits 63:N are not those of bit N-1. */
static bool is_canonical(const struct model_unit *unit, const struct mu_stages *stages,
			 uint64_t address)
{
	unsigned int levels = defect(unit, FS_CANONICAL_48_AT_57) ? 4 : stages->first_levels;
	unsigned int bits = mu_level_shift(levels + 1) - 1;
	uint64_t above = address >> bits;

	if (above == UINT64_MAX >> bits)
		return !defect(unit, FS_NEGATIVE_REFUSED);
	return above == 0 || defect(unit, FS_CANONICAL_UNCHECKED);
}

/* ---- "First-Stage Paging Entries" ---- */

static bool is_leaf_entry(unsigned int level, uint64_t pte)
{
	return level == 1 || (level <= 3 && pte & FIELD_MASK(FS_PS));
}

/* What must be 0 at this level. PAT is bit 12 of a large page, and no part of its address. */
static uint64_t reserved_in_entry(const struct model_unit *unit, unsigned int level, uint64_t pte)
{
	uint64_t reserved = beyond_host_width(unit) & FIELD_MASK(FS_ADDR);

	if (level > 3 || (level == 3 && !cap(unit, CAP_FS1GP)))
		reserved |= FIELD_MASK(FS_PS);
	if (level > 1 && is_leaf_entry(level, pte))
		reserved |= ((UINT64_C(1) << mu_level_shift(level)) - 1) &
			    ~((UINT64_C(1) << (MU_PAGE_SHIFT + 1)) - 1);
	if (defect(unit, FS_IGNORED_RESERVED))
		reserved |= ~(FIELD_MASK(FS_ADDR) | ((UINT64_C(1) << MU_PAGE_SHIFT) - 1));
	return reserved;
}

static bool is_reserved_ignored(const struct model_unit *unit, unsigned int level)
{
	switch (level) {
	case 1:
		return defect(unit, FS_PTE_RESERVED_IGNORED);
	case 2:
		return defect(unit, FS_PDE_RESERVED_IGNORED);
	case 3:
		return defect(unit, FS_PDPE_RESERVED_IGNORED);
	case 4:
		return defect(unit, FS_PML4_RESERVED_IGNORED);
	default:
		return defect(unit, FS_PML5_RESERVED_IGNORED);
	}
}

/* The address in an entry: of a table, or of a page of that level's size. */
static uint64_t address_in(const struct model_unit *unit, const struct position *at)
{
	uint64_t address = at->pte & FIELD_MASK(FS_ADDR) & ~beyond_host_width(unit);

	if (at->level > 1 && is_leaf_entry(at->level, at->pte))
		address = address >> mu_level_shift(at->level) << mu_level_shift(at->level);
	return address;
}

/* ---- the second stage below ---- */

/* A fault that the second stage has for one of its own reasons, whatever it is asked for. */
static uint8_t second_stage_fault(const struct mu_second *to)
{
	if (to->fault != 0)
		return to->fault;
	return to->read || to->write ? 0 : MU_SSS_2;
}

/* Where a first-stage table lies, which must be readable there; with SSADE writable, too. */
static uint8_t find_table(struct model_unit *unit, const struct mu_stages *stages, uint64_t table,
			  bool is_top, uint64_t *phys)
{
	struct mu_second to;
	uint8_t reason;

	*phys = table;
	if (!is_nested(stages) || defect(unit, NEST_TABLES_UNTRANSLATED))
		return 0;
	reason = mu_second_stage_walk(unit, stages, table, &to);
	if (reason == 0)
		reason = second_stage_fault(&to);
	if (reason != 0)
		return reason;
	*phys = to.phys;
	if ((!to.read || (stages->tracks_dirty && !to.write)) &&
	    !defect(unit, NEST_TABLE_READ_ALLOWED))
		return is_top ? MU_SFS_6 : MU_SFS_7;
	return 0;
}

/* SFS.8: flags in a table are written with the second stage's leave, which marks its own leaf. */
static uint8_t write_below(struct model_unit *unit, const struct mu_stages *stages, uint64_t table)
{
	struct mu_second to;
	uint8_t reason;

	if (!is_nested(stages) || defect(unit, NEST_TABLES_UNTRANSLATED))
		return 0;
	reason = mu_second_stage_walk(unit, stages, table, &to);
	if (reason == 0)
		reason = second_stage_fault(&to);
	if (reason == 0 && !(to.read && to.write) && !defect(unit, NEST_FLAGS_ALLOWED))
		reason = MU_SFS_8;
	return reason == 0 ? mu_second_stage_wrote(unit, stages, &to) : reason;
}

/* ---- "Accessed, Extended Accessed, and Dirty Flags" ---- */

static uint8_t set_flags(struct model_unit *unit, const struct mu_stages *stages,
			 struct position *at, uint64_t flags)
{
	uint8_t reason;

	if ((at->pte & flags) == flags || (at->pte & flags && defect(unit, FS_ONE_FLAG_WILL_DO)))
		return 0;
	if (!stages->snooped_walk && !defect(unit, FS_FLAGS_UNSNOOPED))
		return MU_SFS_9; /* an update is needed, but the walk is not snooped */
	reason = write_below(unit, stages, at->table);
	if (reason != 0)
		return reason;
	at->pte |= flags;
	if (!unit->host.write(unit->host.context, at->where, &at->pte, sizeof(at->pte)))
		return MU_SFS_10; /* update failed */
	return 0;
}

static uint64_t visited(const struct model_unit *unit, const struct mu_stages *stages)
{
	bool extended = (stages->extended && !defect(unit, FS_EXTENDED_NOT_SET)) ||
			defect(unit, FS_EXTENDED_ALWAYS);

	return FIELD_MASK(FS_A) | (extended ? FIELD_MASK(FS_EA) : 0);
}

static uint8_t mark_visited(struct model_unit *unit, const struct mu_stages *stages,
			    struct position *at)
{
	if (defect(unit, FS_ACCESSED_NOT_SET))
		return 0;
	if (defect(unit, FS_LEAF_ACCESSED_ONLY) && !is_leaf_entry(at->level, at->pte))
		return 0;
	return set_flags(unit, stages, at, visited(unit, stages));
}

static uint8_t mark_dirty(struct model_unit *unit, const struct mu_walk *walk,
			  const struct mu_stages *stages, struct position *at)
{
	bool is_dirty = mu_makes_dirty(unit, walk) || defect(unit, FS_DIRTY_BY_READ);

	if (!is_dirty || defect(unit, FS_DIRTY_NOT_SET))
		return 0;
	if (at->level > 1 && defect(unit, FS_LARGE_PAGES_CLEAN))
		return 0;
	return set_flags(unit, stages, at, visited(unit, stages) | FIELD_MASK(FS_D));
}

/* ---- paging-structure caches ---- */

static struct model_cached table_key(const struct mu_walk *walk, const struct mu_stages *stages,
				     unsigned int level)
{
	unsigned int shift = mu_level_shift(level);

	return (struct model_cached){
		.kind = MODEL_CACHED_FIRST,
		.first = {
			.did = stages->did,
			.pasid = walk->pasid,
			.level = (uint8_t)level,
			.address = walk->request->address >> shift << shift,
		},
	};
}

/* The deepest cached entry on the way: PDE-cache first, then upwards. */
static bool recall(struct model_unit *unit, const struct mu_walk *walk,
		   const struct mu_stages *stages, struct position *at)
{
	for (unsigned int level = 2; level <= stages->first_levels; level++) {
		struct model_cached entry = table_key(walk, stages, level);

		if (!mu_cache_recall(unit, &entry))
			continue;
		*at = (struct position){
			.level = level - 1,
			.table = entry.first.table,
			.phys = entry.first.phys,
			.user = entry.first.user,
			.writable = entry.first.writable,
		};
		return true;
	}
	return false;
}

static void keep(struct model_unit *unit, const struct mu_walk *walk,
		 const struct mu_stages *stages, const struct position *below)
{
	struct model_cached entry = table_key(walk, stages, below->level + 1);

	entry.first.table = below->table;
	entry.first.phys = below->phys;
	entry.first.user = below->user;
	entry.first.writable = below->writable;
	mu_cache_add(unit, &entry);
}

/* ---- the walk ---- */

static uint8_t start_walk(struct model_unit *unit, const struct mu_walk *walk,
			  const struct mu_stages *stages, struct position *at)
{
	if (recall(unit, walk, stages, at))
		return 0;
	*at = (struct position){
		.level = stages->first_levels,
		.table = stages->first,
		.user = true,
		.writable = true,
	};
	return find_table(unit, stages, at->table, true, &at->phys);
}

static uint64_t entry_place(const struct model_unit *unit, const struct mu_walk *walk,
			    const struct position *at)
{
	uint64_t index = walk->request->address >> mu_level_shift(at->level);

	if (at->level == 1 && defect(unit, FS_INDEX_8_BITS))
		index %= PAGING_ENTRIES / 2;
	return at->phys + index % PAGING_ENTRIES * sizeof(at->pte);
}

/* One entry: fetched, checked, marked, its rights taken. */
static uint8_t visit(struct model_unit *unit, const struct mu_walk *walk,
		     const struct mu_stages *stages, struct position *at)
{
	bool is_wrong;
	uint8_t reason;

	at->where = entry_place(unit, walk, at);
	if (!mu_fetch(unit, at->where, &at->pte, sizeof(at->pte)))
		return at->level == stages->first_levels ? MU_SFS_4 : MU_SFS_1;
	is_wrong = at->pte & reserved_in_entry(unit, at->level, at->pte);
	if (!(at->pte & FIELD_MASK(FS_P)) && !defect(unit, FS_PRESENT_IGNORED) &&
	    !(is_wrong && defect(unit, FS_RESERVED_BEFORE_PRESENT)))
		return MU_SFS_2; /* not present */
	if (is_wrong && !is_reserved_ignored(unit, at->level))
		return MU_SFS_3; /* reserved field */
	if (is_nested(stages) && !defect(unit, NEST_ADDRESS_UNCHECKED) &&
	    mu_is_above_second_stage(unit, stages->second_levels, address_in(unit, at)))
		return MU_SFS_5; /* ADDR beyond the second stage */
	reason = mark_visited(unit, stages, at);
	at->user = (at->user || defect(unit, FS_UPPER_USER_IGNORED)) && at->pte & FIELD_MASK(FS_US);
	at->writable = (at->writable || defect(unit, FS_UPPER_WRITE_IGNORED)) &&
		       at->pte & FIELD_MASK(FS_RW);
	return reason;
}

static uint8_t walk_tables(struct model_unit *unit, const struct mu_walk *walk,
			   const struct mu_stages *stages, struct position *at)
{
	uint8_t reason = start_walk(unit, walk, stages, at);

	while (reason == 0) {
		reason = visit(unit, walk, stages, at);
		if (reason != 0 || is_leaf_entry(at->level, at->pte))
			break;
		at->table = address_in(unit, at);
		at->level--;
		reason = find_table(unit, stages, at->table, false, &at->phys);
		if (reason == 0)
			keep(unit, walk, stages, at);
	}
	return reason;
}

/* The first stage's output for this request's page. */
static uint64_t output_of(const struct model_unit *unit, const struct mu_walk *walk,
			  const struct position *at)
{
	uint64_t within = (UINT64_C(1) << mu_level_shift(at->level)) - 1;
	uint64_t offset = page_of(walk->request->address & within);

	if (at->level == 2 && defect(unit, FS_2M_OFFSET_LOST))
		offset = 0;
	if (at->level == 3 && defect(unit, FS_1G_OFFSET_LOST))
		offset %= UINT64_C(1) << mu_level_shift(2);
	return address_in(unit, at) | offset;
}

/* The page goes through the second stage, where there is one, as an access of the request itself. */
static uint8_t find_page(struct model_unit *unit, const struct mu_walk *walk,
			 const struct mu_stages *stages, struct mu_second *to,
			 struct model_cached *leaf)
{
	struct model_cached_page *page = &leaf->page;
	uint8_t reason = mu_first_stage_rights(unit, walk, page);

	if (reason != 0 || !is_nested(stages) || defect(unit, NEST_PAGE_UNTRANSLATED))
		return reason;
	reason = mu_second_stage_walk(unit, stages, page->phys, to);
	if (reason != 0)
		return reason;
	leaf->fault = to->fault;
	page->phys = to->phys;
	page->snooped = page->snooped || to->snooped;
	if (to->page_shift < page->page_shift)
		page->page_shift = to->page_shift;
	if (!defect(unit, NEST_PAGE_RIGHTS_IGNORED)) {
		page->read = to->read;
		page->write = to->write;
	}
	return 0;
}

/* The request is granted: the flags that go with a write, the first stage's and the second's. */
static uint8_t finish_write(struct model_unit *unit, const struct mu_walk *walk,
			    const struct mu_stages *stages, struct position *at,
			    struct mu_second *to, struct model_cached_page *page)
{
	uint8_t reason = mark_dirty(unit, walk, stages, at);

	if (reason == 0 && is_nested(stages) && mu_makes_dirty(unit, walk))
		reason = mu_second_stage_wrote(unit, stages, to);
	page->dirty = at->pte & FIELD_MASK(FS_D) &&
		      (!is_nested(stages) || !stages->tracks_dirty || to->dirty);
	return reason;
}

uint8_t mu_first_stage_translate(struct model_unit *unit, struct mu_walk *walk,
				 const struct mu_stages *stages)
{
	struct model_cached leaf = {
		.page = {
			.did = stages->did,
			.pgtt = stages->pgtt,
			.supervisor = stages->supervisor,
			.write_protect = stages->write_protect,
			.snooped = stages->page_snoop,
			.tracks_dirty = true,
			.read = true,
			.write = true,
		},
	};
	struct mu_second to = { 0 };
	struct position at;
	uint8_t reason;

	if (!is_canonical(unit, stages, walk->request->address))
		return MU_SGN_1;
	reason = walk_tables(unit, walk, stages, &at);
	if (reason != 0)
		return reason;
	leaf.page.user = at.user;
	leaf.page.writable = at.writable;
	leaf.page.phys = output_of(unit, walk, &at);
	leaf.page.page_shift = (uint8_t)mu_level_shift(at.level);
	reason = find_page(unit, walk, stages, &to, &leaf);
	if (reason == 0)
		reason = mu_finish_access(unit, walk, &leaf);
	if (reason == 0)
		reason = finish_write(unit, walk, stages, &at, &to, &leaf.page);
	/* CM is not about first-stage mappings: what ended in a fault is never kept. */
	if (reason == 0)
		mu_iotlb_fill(unit, walk, &leaf);
	return reason;
}
