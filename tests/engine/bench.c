/* SPDX-License-Identifier: MIT */
#include "tests/engine/bench.h"

#include "arch/page.h"
#include "arch/print.h"
#include "arch/time.h"
#include "iommu/structures/publish.h"
#include "iommu/structures/translation.h"
#include "iommu/unit/invalidate.h"
#include "iommu/vcmd/pasid_space.h"
#include "iommu/vcmd/vcmd.h"
#include "tests/engine/agents.h"
#include "tests/engine/platform.h"
#include "tests/engine/tap.h"
#include "tests/scenes/scene.h"

enum { PASIDS = 1000, INVALIDATIONS = 1000, PAGES_CHANGED = 1000, SPACE_OPERATIONS = 100000 };

/* Where the counts and the clock stood when an operation began to be repeated. */
struct mark {
	uint64_t reads, writes, us;
};

static struct mark mark_now(const struct unit *unit)
{
	return (struct mark){ unit->read_count, unit->write_count, time_now_us() };
}

/* Hundredths, as there is no floating point here. */
static void print_average(const char *what, uint64_t total, uint64_t times)
{
	uint64_t hundredths = (total * 100 + times / 2) / times;

	print(" %llu.%02llu %s", (unsigned long long)(hundredths / 100),
	      (unsigned long long)(hundredths % 100), what);
}

/* What is measured, as results; `title` stands in the line with the numbers. */
struct operation {
	const char *id;
	const char *title;
};

static const struct operation pasid_alloc = { "bench.pasid-alloc", "allocation of a PASID" };
static const struct operation pasid_free = { "bench.pasid-free", "freeing of a PASID" };
static const struct operation queue_turn = { "bench.queue-wait",
					     "queued invalidation, waited for" };
static const struct operation map_legacy = { "bench.map-legacy",
					     "map or unmap of a page, legacy mode" };
static const struct operation map_scalable = { "bench.map-scalable",
					       "map or unmap of a page, scalable mode" };
static const struct operation pasid_space = { "bench.pasid-space", "PASID space" };

static void result(const struct unit *unit, const struct operation *operation, enum tap_kind kind,
		   const char *why)
{
	struct tap_result result = {
		.kind = kind,
		.id = operation->id,
		.unit = unit ? (int)unit->index : -1,
		.spec = "no rule of the specification: what an operation costs",
		.expected = "",
		.got = "",
		.differs = why,
		.note = why,
	};

	tap_report(&result);
}

static void report(const struct unit *unit, const struct operation *operation,
		   const struct mark *from, unsigned int times)
{
	const struct mark now = mark_now(unit);
	const uint64_t us = now.us - from->us;

	if (!times) {
		result(unit, operation, TAP_FAIL, unit_failure(unit));
		return;
	}
	print("# bench unit %u: %s:", unit->index, operation->title);
	print_average("register writes,", now.writes - from->writes, times);
	print_average("reads", now.reads - from->reads, times);
	print("; %u in %llu us, %llu per second\n", times, (unsigned long long)us,
	      (unsigned long long)(us ? times * UINT64_C(1000000) / us : 0));
	result(unit, operation, TAP_PASS, "");
}

static void skip(const struct unit *unit, const struct operation *operation, const char *why)
{
	result(unit, operation, TAP_SKIP, why);
}

static void come_to_rest(const struct unit *unit, bool is_at_rest)
{
	if (!is_at_rest)
		print("# bench unit %u does not come to rest: %s\n", unit->index,
		      unit_failure(unit));
}

/* ---- virtual commands ---- */

static void bench_vcmd(const struct options *options, struct unit *unit)
{
	static uint32_t pasids[PASIDS];
	unsigned int taken = 0, given = 0;
	struct vcmd vcmd;
	struct mark from;

	if (vcmd_probe(unit, options->vcmd, &vcmd) != VCMD_OK || !vcmd_can_alloc(&vcmd) ||
	    !vcmd_can_free(&vcmd)) {
		skip(unit, &pasid_alloc, vcmd.report);
		skip(unit, &pasid_free, vcmd.report);
		return;
	}
	from = mark_now(unit);
	while (taken < PASIDS && vcmd_alloc_pasid(&vcmd, &pasids[taken]) == VCMD_OK)
		taken++;
	report(unit, &pasid_alloc, &from, taken);
	from = mark_now(unit);
	while (given < taken && vcmd_free_pasid(&vcmd, pasids[given]) == VCMD_OK)
		given++;
	report(unit, &pasid_free, &from, given);
}

/* ---- the queue ---- */

static void bench_queue(struct unit *unit)
{
	struct iotlb_invalidation what = { .granularity = GRANULARITY_DOMAIN, .did = 1 };
	unsigned int done = 0;
	struct mark from;

	if (!caps_has(&unit->caps, CAPABILITY_QI)) {
		skip(unit, &queue_turn, "ECAP.QI is clear");
		return;
	}
	/* Wide where it can be: that is right in any mode that may be latched still. */
	if (queue_enable(unit, caps_has(&unit->caps, CAPABILITY_SMTS), 0) != STATUS_OK) {
		skip(unit, &queue_turn, unit_failure(unit));
		return;
	}
	from = mark_now(unit);
	while (done < INVALIDATIONS && invalidate_iotlb(unit, what) == STATUS_OK)
		done++;
	report(unit, &queue_turn, &from, done);
	come_to_rest(unit, translation_rest(unit) == STATUS_OK);
}

/* ---- mapping and unmapping one page while translation is on ---- */

static unsigned int change_pages(struct stage *stage)
{
	uint64_t mapped = *paging_entry(&stage->table, stage->window, 1);
	unsigned int done = 0;

	while (done < PAGES_CHANGED &&
	       publish_entry(stage->unit, &stage->table, stage->window, 1, done % 2 ? mapped : 0,
			     stage->did, stage->scene.rid_pasid) == STATUS_OK)
		done++;
	return done;
}

static void bench_publish(struct unit *unit, enum scene_mode mode,
			  const struct operation *operation)
{
	const struct scene scene = { .mode = mode };
	struct agent *agent = agents_choose(unit, (struct agent_job){ 0 });
	struct stage stage = { 0 };
	struct mark from;

	if (!agent) {
		skip(unit, operation, "no DMA agent to make tables for");
		return;
	}
	if (stage_build(&stage, &scene, unit, agent) && stage_raise(&stage)) {
		from = mark_now(unit);
		report(unit, operation, &from, change_pages(&stage));
	} else {
		skip(unit, operation, unit_failure(unit));
	}
	come_to_rest(unit, stage_strike(&stage));
}

static bool is_scalable(const struct unit *unit)
{
	return scene_best(&unit->caps).mode == SCENE_SCALABLE;
}

/* How many results bench_unit() has. */
static unsigned int unit_count(const struct unit *unit)
{
	return 2u + (caps_has(&unit->caps, CAPABILITY_VCS) ? 2 : 0) + is_scalable(unit);
}

static void bench_unit(const struct options *options, struct unit *unit)
{
	if (caps_has(&unit->caps, CAPABILITY_VCS))
		bench_vcmd(options, unit);
	bench_queue(unit);
	bench_publish(unit, SCENE_LEGACY, &map_legacy);
	if (is_scalable(unit))
		bench_publish(unit, SCENE_SCALABLE, &map_scalable);
}

/* ---- the space of PASIDs ---- */

static size_t state_pages(void)
{
	return (pasid_space_state_bytes(PASID_SPACE_BITS_MAX) + PAGE_BYTES - 1) / PAGE_BYTES;
}

static bool grow_to(struct pasid_space *space, uint32_t live)
{
	uint32_t pasid;

	while (pasid_space_live_count(space) < live)
		if (pasid_space_alloc(space, 0, &pasid) != PASID_OK)
			return false;
	return true;
}

/* Frees and allocates in turn; which PASID is freed moves through all that are live. */
static void measure_space(struct pasid_space *space, uint32_t live)
{
	uint64_t words = space->words_touched, us = time_now_us();
	uint32_t pasid = 0, unused;
	unsigned int done = 0;

	while (done < SPACE_OPERATIONS) {
		pasid = (pasid + 7919) % live;
		if (pasid_space_free(space, 0, pasid + 1) != PASID_OK ||
		    pasid_space_alloc(space, 0, &unused) != PASID_OK)
			break;
		done += 2;
	}
	us = time_now_us() - us;
	print("# bench PASID space, %u live: an operation touches", live);
	print_average("words", space->words_touched - words, done ? done : 1);
	print("; %u in %llu us, %llu ns each\n", done, (unsigned long long)us,
	      (unsigned long long)(done ? us * 1000 / done : 0));
}

static void bench_space(void)
{
	static const uint32_t live_counts[] = { 1, 1000, 1000000 };
	struct pasid_space space;
	void *state = page_alloc_contiguous(state_pages(), 1);

	if (!state) {
		skip(NULL, &pasid_space, "no memory");
		return;
	}
	pasid_space_init(&space, PASID_SPACE_BITS_MAX, state, NULL);
	print("# bench PASID space: %zu bytes for 2^%d PASIDs\n",
	      pasid_space_state_bytes(PASID_SPACE_BITS_MAX), PASID_SPACE_BITS_MAX);
	for (unsigned int i = 0; i < sizeof(live_counts) / sizeof(live_counts[0]); i++)
		if (grow_to(&space, live_counts[i]))
			measure_space(&space, live_counts[i]);
	page_free_contiguous(state, state_pages());
	result(NULL, &pasid_space, TAP_PASS, "");
}

void bench_run(const struct options *options)
{
	unsigned int count = 1;

	for (unsigned int i = 0; i < platform.unit_count; i++)
		count += unit_count(&platform.units[i]);
	tap_plan(count);
	for (unsigned int i = 0; i < platform.unit_count; i++)
		bench_unit(options, &platform.units[i]);
	bench_space();
}
