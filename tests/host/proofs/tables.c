/* SPDX-License-Identifier: MIT */
/*
 * What the driver's tables map is what the model's walk finds, however they came to be. Options make it a
 * proof of one stage and one depth: -DSECOND or -DFIRST, and LEVELS.
 *
 * By induction over operations: an address x is watched, any one. A table holds what is_whole() says of the
 * entries on the way of x; each paging_map() or paging_unmap(), of any address, on any such table,
 * leaves one that holds it. An empty table holds it. So no number of operations is a bound.
 * Arbitrary: x; the entries on its way, hence all that was mapped there before, and the flags that hardware
 * has set in them; the operation and all its arguments; whether there is memory; whether hardware snoops;
 * the host address width.
 * Assumed: is_whole() before; x is an address that the table can hold; what is mapped is aligned to its size
 * and within the host's width, and no interrupt address.
 * Asserted: is_whole() after each single store, so that a unit that looks at any moment finds no half of
 * anything; the model, asked for x before and after, finds no reserved field and no flag that it cannot set,
 * and: x in the page that was mapped translates to it, with its rights and its size; x in the page that
 * was unmapped is not present; every other x, and any x after a refusal, is as before. The model reads
 * and writes nothing but those tables.
 * Bound: loops are over levels. A table has 4 entries, 2 address bits a level, in driver and model alike:
 * the number stands in one place in each (proofs.list), and all shifts are made of it.
 * Stands in: table_page.c, for the pages that lie on the way of x; all other pages are one, `elsewhere`. The
 * address of a page is the number of the object that it is.
 */
#include <assert.h>

#include "iommu/structures/entry.h"
#include "iommu/structures/paging.h"
#include "iommu/structures/table_page.h"
#include "tests/model/internal.h"

#ifdef SECOND
enum { STAGE = SECOND_STAGE };
#else
enum { STAGE = FIRST_STAGE };
#endif

enum { LEVEL_BITS = 2, TOP = 5 };

struct page {
	uint64_t entries[PAGING_ENTRIES];
	struct table_page node;
	bool is_there;
};

/* What the model says of x. */
struct seen {
	bool read, write;
	uint64_t phys;
	unsigned int shift;
};

uint64_t nondet_value(void);
unsigned int nondet_choice(void);

static struct page page1, page2, page3, page4, page5, elsewhere;
static struct page *const way[TOP + 1] = { 0, &page1, &page2, &page3, &page4, &page5 };
static struct paging table;
static struct model_unit unit;
static uint64_t x;

static bool any_bool(void)
{
	return nondet_choice() & 1;
}

uint64_t address_in_proof(const volatile void *object)
{
	return (uint64_t)__CPROVER_POINTER_OBJECT(object) * PAGE_BYTES;
}

static uint64_t *entry_of_x(unsigned int level)
{
	return &way[level]->entries[x >> paging_level_shift(level) & (PAGING_ENTRIES - 1)];
}

/* ---- the pages of a table ---- */

/* The level whose entry for x `slot` is; 0: of none. */
static unsigned int level_of(const struct table_page *above, const uint64_t *slot)
{
	for (unsigned int level = LEVELS; level > 1; level--)
		if (above == &way[level]->node && slot == entry_of_x(level))
			return level;
	return 0;
}

struct table_page *table_page_create(size_t pages)
{
	assert(pages == 1);
	return &way[LEVELS]->node;
}

void table_page_destroy(struct table_page *top)
{
	assert(top == &way[LEVELS]->node);
}

struct table_page *table_page_add(struct table_page *above, const uint64_t *slot)
{
	const unsigned int level = level_of(above, slot);

	if (any_bool())
		return NULL;
	if (!level)
		return &elsewhere.node;
	assert(!way[level - 1]->is_there);
	way[level - 1]->is_there = true;
	for (unsigned int i = 0; i < PAGING_ENTRIES; i++)
		way[level - 1]->entries[i] = 0;
	return &way[level - 1]->node;
}

struct table_page *table_page_below(struct table_page *above, const uint64_t *slot)
{
	const unsigned int level = level_of(above, slot);

	if (!level)
		return any_bool() ? &elsewhere.node : NULL;
	return way[level - 1]->is_there ? &way[level - 1]->node : NULL;
}

/* ---- what holds at any moment ---- */

/* What hardware may have set, and must not have to set where it is not snooped. */
static bool has_flags(uint64_t entry, uint64_t flags)
{
	return table.snooped || (entry & flags) == flags;
}

static uint64_t flags_of(bool is_leaf)
{
	if (STAGE == SECOND_STAGE)
		return 0;
	return FIELD_MASK(FS_A) | FIELD_MASK(FS_EA) | (is_leaf ? FIELD_MASK(FS_D) : 0);
}

static bool leads_to(uint64_t entry, const uint64_t *entries)
{
	const uint64_t rights = STAGE == SECOND_STAGE
					? FIELD_MASK(SS_R) | FIELD_MASK(SS_W)
					: FIELD_MASK(FS_P) | FIELD_MASK(FS_RW) | FIELD_MASK(FS_US);

	return (entry & ~flags_of(false)) == (address_in_proof(entries) | rights) &&
	       has_flags(entry, flags_of(false));
}

static bool has_rights(uint64_t entry)
{
	if (STAGE == SECOND_STAGE)
		return entry & (FIELD_MASK(SS_R) | FIELD_MASK(SS_W));
	return entry & FIELD_MASK(FS_P) && entry & FIELD_MASK(FS_US);
}

static bool is_leaf_of(uint64_t entry, unsigned int level)
{
	const uint64_t address = FIELD_MASK(SS_ADDR) >> paging_level_shift(level)
								<< paging_level_shift(level);
	const uint64_t rights = STAGE == SECOND_STAGE
					? FIELD_MASK(SS_R) | FIELD_MASK(SS_W)
					: FIELD_MASK(FS_P) | FIELD_MASK(FS_RW) | FIELD_MASK(FS_US);

	return level <= 3 && has_rights(entry) && has_flags(entry, flags_of(true)) &&
	       !(entry & FIELD_MASK(SS_PS)) == (level == 1) &&
	       !(entry & ~(address | rights | FIELD_MASK(SS_PS) | flags_of(true))) &&
	       !(entry & FIELD_MASK(SS_ADDR) & beyond_host_width(&unit));
}

static bool is_whole(void)
{
	for (unsigned int level = LEVELS; level && way[level]->is_there; level--) {
		const uint64_t entry = *entry_of_x(level);
		const bool leads_on = level > 1 && way[level - 1]->is_there;

		if (leads_on && !leads_to(entry, way[level - 1]->entries))
			return false;
		if (!leads_on && entry && !is_leaf_of(entry, level))
			return false;
	}
	return true;
}

void entry_store_word(uint64_t *entry, uint64_t value, bool snooped)
{
	assert(snooped == table.snooped);
	*entry = value;
	assert(is_whole());
}

/* ---- the model ---- */

static uint64_t *entry_at(uint64_t phys, unsigned int bytes)
{
	const uint64_t index = page_offset(phys) / sizeof(uint64_t);

	assert(bytes == 8 && phys % 8 == 0 && index < PAGING_ENTRIES);
	for (unsigned int level = LEVELS; level; level--)
		if (way[level]->is_there && address_in_proof(way[level]->entries) == page_of(phys))
			return &way[level]->entries[index];
	assert(!"the walk stays within the tables");
	return NULL;
}

static bool read_memory(void *context, uint64_t phys, void *to, unsigned int bytes)
{
	(void)context;
	*(uint64_t *)to = *entry_at(phys, bytes);
	return true;
}

static bool write_memory(void *context, uint64_t phys, const void *from, unsigned int bytes)
{
	(void)context;
	*entry_at(phys, bytes) = *(const uint64_t *)from;
	return true;
}

/* How large the page is that maps x, from the tables that are there; of one that is not, the least. */
static unsigned int shift_of_leaf(void)
{
	unsigned int level = LEVELS;

	while (level > 1 && way[level - 1]->is_there)
		level--;
	return paging_level_shift(*entry_of_x(level) ? level : 1);
}

#ifdef SECOND
static struct seen walk(void)
{
	const struct mu_stages stages = {
		.second = paging_pointer(&table),
		.second_levels = LEVELS,
	};
	struct mu_second to;

	assert(mu_second_stage_walk(&unit, &stages, x, &to) == 0 && !to.fault);
	assert((!to.read && !to.write) || to.page_shift == shift_of_leaf());
	return (struct seen){ to.read, to.write, to.phys, shift_of_leaf() };
}
#else
/* A translation request is told everything at once. */
static struct seen walk(void)
{
	const struct model_request request = { .type = MODEL_TRANSLATION, .address = page_of(x) };
	struct model_answer answer = { 0 };
	struct mu_walk walk = { .request = &request, .answer = &answer, .scalable = true };
	const struct mu_stages stages = {
		.pgtt = PGTT_FIRST_STAGE,
		.snooped_walk = table.snooped,
		.first = paging_pointer(&table),
		.first_levels = LEVELS,
		.extended = any_bool(),
	};
	const uint8_t reason = mu_first_stage_translate(&unit, &walk, &stages);
	const unsigned int shift = shift_of_leaf();

	assert(reason == 0 || reason == MU_SFS_2 || reason == MU_SGN_8_2);
	assert(reason != 0 || answer.page_shift == shift);
	assert(is_whole());
	return (struct seen){
		.read = answer.read,
		.write = answer.write,
		.phys = answer.phys | page_of(x & ((UINT64_C(1) << shift) - 1)),
		.shift = shift,
	};
}
#endif

static bool is_same(const struct seen *a, const struct seen *b)
{
	return a->read == b->read && a->write == b->write &&
	       ((!a->read && !a->write) || (a->phys == b->phys && a->shift == b->shift));
}

/* ---- the operations ---- */

static bool is_in(uint64_t from, unsigned int shift)
{
	return from >> shift == x >> shift;
}

static void map(const struct seen *before)
{
	const unsigned int shift = 12 + LEVEL_BITS * (nondet_choice() % 3);
	const uint64_t within = (UINT64_C(1) << shift) - 1;
	const uint64_t from = nondet_value(), to = nondet_value();
	const enum access_rights rights = nondet_choice() % 4;
	enum status status;
	struct seen after;

	__CPROVER_assume(!(from & within) && !(to & within) && !(to & beyond_host_width(&unit)));
	__CPROVER_assume(!in_interrupt_range(to | page_of(x & within)));
	__CPROVER_output("map ", from);
	__CPROVER_output(" shift ", shift);
	__CPROVER_output(" rights ", rights);
	status = paging_map(&table, iova(from), phys(to), shift, rights);
	after = walk();
	if (status != STATUS_OK || !is_in(from, shift)) {
		assert(is_same(before, &after));
		return;
	}
	assert(after.read == !!(rights & ACCESS_READ) && after.write == !!(rights & ACCESS_WRITE));
	assert(after.phys == (to | page_of(x & within)) && after.shift == shift);
}

static void unmap(const struct seen *before)
{
	const uint64_t from = nondet_value();
	struct seen after;

	__CPROVER_output("unmap ", from);
	paging_unmap(&table, iova(from));
	after = walk();
	if (is_in(from, before->shift))
		assert(!after.read && !after.write);
	else
		assert(is_same(before, &after));
}

static void any_table(void)
{
	bool is_there = true;

	table = (struct paging){
		.levels = LEVELS,
		.stage = STAGE,
		.snooped = any_bool(),
		.page = &way[LEVELS]->node,
	};
	for (unsigned int level = LEVELS; level; level--) {
		way[level]->node.entries = way[level]->entries;
		way[level]->is_there = is_there;
		*entry_of_x(level) = nondet_value();
		is_there = is_there && any_bool();
	}
	elsewhere.node.entries = elsewhere.entries;
	__CPROVER_assume(is_whole());
}

int main(void)
{
	const unsigned int bits = paging_address_bits(STAGE, LEVELS);
	struct seen before;

	unit.config.host_address_bits = 32 + nondet_choice() % 21;
	unit.config.cap = reg_put(CAP_SSLPS, 3) | reg_put(CAP_FS1GP, 1);
	unit.host.read = read_memory;
	unit.host.write = write_memory;
	x = nondet_value();
	__CPROVER_assume(x >> bits == 0 ||
			 (STAGE == FIRST_STAGE && x >> bits == UINT64_MAX >> bits));
	__CPROVER_output("x ", x);
	any_table();
	before = walk();
	if (any_bool())
		map(&before);
	else
		unmap(&before);
}
