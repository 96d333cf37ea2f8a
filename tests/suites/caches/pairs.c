/* SPDX-License-Identifier: MIT */
/*
 * Pairs that differ in one bit: what a unit keeps for one address, domain or device must not serve
 * another, and an invalidation must reach all that it names, up to the last.
 *
 * Tags and masks are cut short where nobody looks: an address kept in 32 bits, a mask one page
 * short, a function mask that works for function 0 alone (QEMU 6cb99acc28 did not invert it), a
 * large page named by the wrong size. So every bit has its turn, and ranges are asked at both
 * ends: the page at 2^k - 1 is the last one of the ranges of all sizes below, the next page the
 * first one of others. An invalidation may take more than it names, so only our model, which does
 * not, is asked what stays.
 */
#include "iommu/structures/entry.h"
#include "iommu/unit/fault.h"
#include "iommu/unit/invalidate.h"
#include "tests/scenes/bit_ranges.h"
#include "tests/scenes/scene_test.h"
#include "tests/scenes/spare.h"
#include "tests/suites/caches/stale.h"
#include "tests/suites/suites.h"

/* ---- addresses ---- */

static void lead(struct stage *stage, iova_t from, enum canary to)
{
	uint64_t *leaf = paging_entry(&stage->table, from, 1);
	uint64_t value = *leaf;

	field_set_address(&value, SS_ADDR, stage_address_of(stage, stage->canary[to]));
	entry_store_word(leaf, value, stage->table.snooped);
}

static enum status map_to_gap(struct stage *stage, iova_t from)
{
	phys_t gap = phys(stage_address_of(stage, stage->canary[CANARY_GAP]));

	return paging_map(&stage->table, from, gap, 12, ACCESS_BOTH);
}

/* The caches know nothing yet of what was mapped. */
static bool show_maps(struct test_run *run)
{
	if (stage_adopt_table(&run->stage, &run->stage.table) != STATUS_OK) {
		test_error(run, "no memory for tables");
		return false;
	}
	if (invalidate_whole_iotlb(run->unit) == STATUS_OK)
		return true;
	test_fail(run, "invalidation: %s", unit_failure(run->unit));
	return false;
}

static iova_t flipped(const struct stage *stage, unsigned int bit)
{
	return iova(stage->window.value ^ UINT64_C(1) << bit);
}

/*
 * Maps the addresses that differ from the window's in one bit, of those that the agent drives. *mapped:
 * those bits; what is mapped already, as its second page or the mailbox, has no part in this.
 */
static bool map_flipped(struct test_run *run, uint64_t *mapped)
{
	struct stage *stage = &run->stage;
	uint64_t limit = stage_address_limit(stage);

	*mapped = 0;
	for (unsigned int bit = 12; UINT64_C(1) << bit < limit; bit++) {
		enum status status;

		if (!(run->agent->limits.address_mask >> bit & 1))
			continue;
		status = map_to_gap(stage, flipped(stage, bit));
		if (status == STATUS_NO_MEMORY) {
			test_error(run, "no memory for tables");
			return false;
		}
		if (status == STATUS_OK)
			*mapped |= UINT64_C(1) << bit;
	}
	return show_maps(run);
}

static void tell_bits(struct test_run *run, uint64_t bits, const char *what)
{
	char text[120];

	bit_ranges_format(text, sizeof(text), &bits, 1);
	if (bits)
		test_fail(run, "bits %s: %s", text, what);
}

/* The bits whose address is not written to `wanted`. */
static uint64_t other_than(struct stage *stage, uint64_t bits, enum canary wanted)
{
	uint64_t wrong = 0;

	for (unsigned int bit = 12; bit < 64; bit++) {
		struct dma dma = { .flip = UINT64_C(1) << bit };

		if (bits & dma.flip && dma_hit_by(stage, &dma) != wanted)
			wrong |= dma.flip;
	}
	return wrong;
}

static uint64_t forget_each(struct stage *stage, uint64_t bits)
{
	uint64_t refused = 0;

	for (unsigned int bit = 12; bit < 64; bit++)
		if (bits >> bit & 1 && stage_forget_range(stage, stage->did, flipped(stage, bit), 0,
							  true) != STATUS_OK)
			refused |= UINT64_C(1) << bit;
	return refused;
}

/* With the window in the caches, an address that differs from it in one bit goes elsewhere. */
static void run_address_bits(struct test_run *run)
{
	struct stage *stage = &run->stage;
	uint64_t bits;

	if (!stale_open(run) || !map_flipped(run, &bits) ||
	    !stale_expect_hit(run, 0, CANARY_TARGET_0, "the window"))
		return;
	tell_bits(run, other_than(stage, bits, CANARY_GAP), "not its own page");
	stale_expect_hit(run, 0, CANARY_TARGET_0, "the window again");
}

/* A page-selective invalidation knows each bit, too. */
static void run_address_bits_forgotten(struct test_run *run)
{
	struct stage *stage = &run->stage;
	uint64_t bits;

	if (!stale_open(run) || !map_flipped(run, &bits))
		return;
	tell_bits(run, other_than(stage, bits, CANARY_GAP), "not its own page");
	for (unsigned int bit = 12; bit < 64; bit++)
		if (bits >> bit & 1)
			lead(stage, flipped(stage, bit), CANARY_TARGET_1);
	tell_bits(run, forget_each(stage, bits), "the invalidation is refused");
	tell_bits(run, other_than(stage, bits, CANARY_TARGET_1), "still the old page");
}

/* Pages all over the address space, named together by their domain. One in three will do. */
static void run_address_bits_of_domain(struct test_run *run)
{
	static const uint64_t third = 0x9249249249249249;
	struct stage *stage = &run->stage;
	struct iotlb_invalidation what = { .granularity = GRANULARITY_DOMAIN };
	uint64_t bits;

	if (!stale_open(run) || !map_flipped(run, &bits))
		return;
	what.did = stage->did;
	bits &= third;
	tell_bits(run, other_than(stage, bits, CANARY_GAP), "not its own page");
	for (unsigned int bit = 12; bit < 64; bit++)
		if (bits >> bit & 1)
			lead(stage, flipped(stage, bit), CANARY_TARGET_1);
	REQUIRE_OK(run, invalidate_iotlb(run->unit, what));
	tell_bits(run, other_than(stage, bits, CANARY_TARGET_1), "still the old page");
}

/* ---- ranges of pages ---- */

/* The page before an address that ranges of all sizes begin at, and the page there. */
struct border {
	iova_t last, first;
};

static struct dma write_to(const struct stage *stage, iova_t page)
{
	return (struct dma){ .flip = stage->window.value ^ page.value };
}

static enum canary hit_at(struct stage *stage, iova_t page)
{
	struct dma dma = write_to(stage, page);

	return dma_hit_by(stage, &dma);
}

static bool map_border(struct test_run *run, const struct border *border)
{
	struct stage *stage = &run->stage;

	if (map_to_gap(stage, border->last) != STATUS_OK ||
	    map_to_gap(stage, border->first) != STATUS_OK) {
		test_error(run, "no memory for tables");
		return false;
	}
	if (!show_maps(run))
		return false;
	if (hit_at(stage, border->last) == CANARY_GAP && hit_at(stage, border->first) == CANARY_GAP)
		return true;
	test_fail(run, "before anything is changed: not the new page");
	return false;
}

/* Both pages move; ranges of 2^mask pages that end, and begin, at the border are named. */
static void move_both(struct test_run *run, const struct border *border, unsigned int mask,
		      enum canary from, enum canary to)
{
	struct stage *stage = &run->stage;
	iova_t below = iova(border->first.value - (UINT64_C(4096) << mask));

	lead(stage, border->last, to);
	lead(stage, border->first, to);
	if (stage_forget_range(stage, stage->did, below, mask, false) != STATUS_OK)
		test_fail(run, "AM %u is not taken", mask);
	if (hit_at(stage, border->last) != to)
		test_fail(run, "AM %u: the last page of the range is still the old one", mask);
	if (stale_is_required(run) && hit_at(stage, border->first) != from)
		test_fail(run, "AM %u: the page behind the range did not survive", mask);
	if (stage_forget_range(stage, stage->did, border->first, mask, false) != STATUS_OK)
		test_fail(run, "AM %u is not taken", mask);
	if (hit_at(stage, border->first) != to)
		test_fail(run, "AM %u: the first page of the range is still the old one", mask);
}

/*
 * The largest AM that is asked: CAP.MAMV, as far as the tables reach. A first stage knows no such limit,
 * but on QEMU it ends at 2^29, and that is another test's complaint.
 */
static unsigned int largest_mask(const struct test_run *run)
{
	const struct stage *stage = &run->stage;
	unsigned int most = caps_max_address_mask(&run->unit->caps);

	if (stage->table.stage == FIRST_STAGE)
		most = 15;
	while (most && (UINT64_C(4) << (12 + most) > stage_address_limit(stage) ||
			UINT64_C(3) << (12 + most) & ~run->agent->limits.address_mask))
		most--;
	return most;
}

static void run_mask_ends(struct test_run *run)
{
	struct border border;
	unsigned int most;

	if (!stale_open(run))
		return;
	most = largest_mask(run);
	border.first = iova(UINT64_C(3) << (12 + most));
	border.last = iova(border.first.value - 4096);
	if (!map_border(run, &border))
		return;
	for (unsigned int mask = 0; mask <= most && !run->has_failed; mask++)
		move_both(run, &border, mask, mask % 2 ? CANARY_TARGET_1 : CANARY_GAP,
			  mask % 2 ? CANARY_GAP : CANARY_TARGET_1);
}

/*
 * A large page loses the right to be written to; the range of its size names it, wherever in it a
 * device was before.
 */
static void run_large_page(struct test_run *run)
{
	static const struct poke no_write = { .at = AT_LEAF, .field = FIELD(SS_W) };
	struct stage *stage = &run->stage;
	unsigned int mask = run->scene.page_shift - 12;
	uint64_t word;

	if (run->scene.stage != STAGE_FIRST && mask > caps_max_address_mask(&run->unit->caps)) {
		test_skip(run, "unit %u has CAP.MAMV %u", run->unit->index,
			  caps_max_address_mask(&run->unit->caps));
		return;
	}
	if (!stale_open(run))
		return;
	word = stage_poke(stage, &no_write);
	if (dma_hit(stage, 1) != CANARY_TARGET_1 && stale_is_required(run))
		test_fail(run, "the change shows without an invalidation");
	if (stage_forget_pages(stage, stage->did, 0, mask, true) != STATUS_OK)
		test_fail(run, "invalidation: %s", unit_failure(run->unit));
	for (unsigned int page = 0; page < WINDOW_PAGES; page++)
		stale_expect_hit(run, page, CANARY_COUNT, "after the invalidation");
	fault_clear(run->unit);
	stage_unpoke(stage, &no_write, word);
}

/* ---- domains ---- */

/* An invalidation of a domain that differs in one bit is none of ours. */
static void run_other_domains(struct test_run *run)
{
	struct iotlb_invalidation what = { .granularity = GRANULARITY_DOMAIN };
	struct stage *stage = &run->stage;
	uint64_t lost = 0;

	if (!stale_is_required(run)) {
		test_skip(run, "unit %u may forget more than it is asked to", run->unit->index);
		return;
	}
	if (!stale_open(run))
		return;
	stage_redirect(stage, 0, CANARY_GAP);
	for (unsigned int bit = 0; 1u << bit < caps_domain_count(&run->unit->caps); bit++) {
		what.did = (uint16_t)(stage->did ^ 1u << bit);
		REQUIRE_OK(run, invalidate_iotlb(run->unit, what));
		if (dma_hit(stage, 0) == CANARY_TARGET_0)
			continue;
		lost |= UINT64_C(1) << bit;
		break;
	}
	tell_bits(run, lost, "the domain with this bit flipped takes ours with it");
}

/* ---- functions ---- */

/* Of the functions with this difference to the agent's, is it one that FM covers? */
static bool is_masked(unsigned int mask, unsigned int difference)
{
	static const unsigned int uncompared[] = { 0, 4, 6, 7 };

	return !(difference & ~uncompared[mask]);
}

struct way {
	uint64_t context[4];
	uint16_t did;
	enum canary page;
};

/* All that a change of a context entry asks for, by the name of function `sid`. */
static enum status forget_context(struct test_run *run, uint16_t sid, unsigned int mask,
				  uint16_t did)
{
	struct context_invalidation what = {
		.granularity = GRANULARITY_SPECIFIC,
		.did = did,
		.sid = sid,
		.function_mask = (uint8_t)mask,
	};

	return stale_forget_context(run, what);
}

static void store_way(struct test_run *run, const struct way *way)
{
	struct root_table *root = &run->stage.root;

	entry_store(root_table_context(root, run->agent->sid), way->context,
		    root_table_context_words(root), root->snooped);
}

/* The entry leads the other way, and what is named reaches it. ways[0] is the one in use. */
static void turn(struct test_run *run, struct way ways[2], unsigned int mask,
		 unsigned int difference)
{
	uint16_t sid = (uint16_t)(run->agent->sid ^ difference);
	struct way old = ways[0];

	store_way(run, &ways[1]);
	REQUIRE_OK(run, forget_context(run, sid, mask, old.did));
	if (dma_hit(&run->stage, 0) != ways[1].page)
		test_fail(run, "FM %u with function ^%u: still the old tables", mask, difference);
	ways[0] = ways[1];
	ways[1] = old;
}

/* The entry leads the other way, and what is named does not reach it. */
static void turn_back(struct test_run *run, const struct way ways[2], unsigned int mask,
		      unsigned int difference)
{
	uint16_t sid = (uint16_t)(run->agent->sid ^ difference);

	store_way(run, &ways[1]);
	REQUIRE_OK(run, forget_context(run, sid, mask, ways[0].did));
	if (dma_hit(&run->stage, 0) != ways[0].page)
		test_fail(run, "FM %u takes source-id ^%x, too", mask, difference);
	store_way(run, &ways[0]);
	REQUIRE_OK(run, forget_context(run, run->agent->sid, 0, ways[0].did));
	if (dma_hit(&run->stage, 0) != ways[0].page)
		test_fail(run, "FM 0: still the other tables");
}

static void turn_by_all(struct test_run *run, struct way ways[2])
{
	for (unsigned int mask = 0; mask < 4; mask++)
		for (unsigned int difference = 0; difference < 8; difference++)
			if (is_masked(mask, difference))
				turn(run, ways, mask, difference);
			else if (stale_is_required(run))
				turn_back(run, ways, mask, difference);
	for (unsigned int bit = 3; bit < 16 && stale_is_required(run); bit++)
		turn_back(run, ways, 3, 1u << bit);
}

static void run_function_masks(struct test_run *run)
{
	struct stage *stage = &run->stage;
	struct spare spare;
	struct way ways[2] = { 0 }, own;
	uint64_t *entry;

	if (!stale_open(run))
		return;
	if (!spare_create(&spare, stage, SPARE_TABLES)) {
		test_error(run, "no memory for spare tables");
		return;
	}
	entry = root_table_context(&stage->root, run->agent->sid);
	for (unsigned int word = 0; word < root_table_context_words(&stage->root); word++) {
		ways[0].context[word] = entry[word];
		ways[1].context[word] = spare.context[word];
	}
	ways[0].did = stage->did;
	ways[0].page = CANARY_TARGET_0;
	ways[1].did = spare.did;
	ways[1].page = spare.page;
	own = ways[0];
	turn_by_all(run, ways);
	store_way(run, &own);
	if ((invalidate_all(run->unit) != STATUS_OK || run->has_failed) && !stage_strike(stage))
		test_fail(run, "unit does not come to rest: %s", unit_failure(run->unit));
	spare_destroy(&spare);
}

/* `its_stage` is the scalable one's. */
#define LARGE_PAGE(mode_id, mode_name, its_stage, size, bits, more)                     \
	{                                                                               \
		.id = mode_id ".large-page-" size,                                      \
		.title = "the range of its size names a page of " size,                 \
		.spec = "IOTLB Invalidate: AM", .needs = (more),                        \
		.scene = { .mode = mode_name, .stage = its_stage, .page_shift = bits }, \
		.flags = TEST_SHARES_STAGE, .run = run_large_page                       \
	}

static const struct test tests[] = {
	IN_BOTH_MODES("address-bits", "an address that differs in one bit is another one",
		      "Tagging of Cached Translations", 0, run_address_bits),
	IN_BOTH_MODES("address-bits-forgotten", "each address bit counts in a page invalidation",
		      "IOTLB Invalidate", NEED(PSI), run_address_bits_forgotten),
	IN_BOTH_MODES("address-bits-domain", "a domain's invalidation takes all of its pages",
		      "IOTLB Invalidate", 0, run_address_bits_of_domain),
	IN_BOTH_MODES("iotlb-mask-ends",
		      "each address mask reaches the first and the last of its pages",
		      "IOTLB Invalidate: AM", NEED(PSI), run_mask_ends),
	IN_BOTH_MODES("iotlb-other-domains", "a domain that differs in one bit is another one",
		      "IOTLB Invalidate", 0, run_other_domains),
	IN_BOTH_MODES("context-function-masks", "each FM reaches all functions that it covers",
		      "Context-cache Invalidate Descriptor: FM", NEED(QI), run_function_masks),
	LARGE_PAGE("legacy", SCENE_LEGACY, STAGE_OF_UNIT, "2m", 21, NEED(PSI) | NEED(SSLPS2M)),
	LARGE_PAGE("legacy", SCENE_LEGACY, STAGE_OF_UNIT, "1g", 30, NEED(PSI) | NEED(SSLPS1G)),
	LARGE_PAGE("sm", SCENE_SCALABLE, STAGE_SECOND, "2m", 21,
		   NEED(SMTS) | NEED(PSI) | NEED(SSLPS2M)),
	LARGE_PAGE("sm", SCENE_SCALABLE, STAGE_SECOND, "1g", 30,
		   NEED(SMTS) | NEED(PSI) | NEED(SSLPS1G)),
	LARGE_PAGE("fs", SCENE_SCALABLE, STAGE_FIRST, "2m", 21, NEED(SMTS)),
	LARGE_PAGE("fs", SCENE_SCALABLE, STAGE_FIRST, "1g", 30, NEED(SMTS) | NEED(FS1GP)),
};

const struct suite suite_pairs = SUITE("pairs", tests);
