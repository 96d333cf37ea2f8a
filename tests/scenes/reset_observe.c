/* SPDX-License-Identifier: MIT */
#include "arch/apic.h"
#include "arch/print.h"
#include "arch/time.h"
#include "arch/trap.h"
#include "iommu/structures/entry.h"
#include "iommu/structures/translation.h"
#include "iommu/unit/fault.h"
#include "tests/scenes/interrupt_test.h"
#include "tests/scenes/reset_scene.h"

enum { ARRIVAL_US = 50000, SILENCE_US = 100 };

/* One looks at the unit; what goes wrong on the way is told once. */
struct look {
	struct reset_memory *memory;
	struct unit *unit;
	struct agent *agent;
	struct reset_seen *seen;
	struct stage fresh;
	struct interrupt_table interrupts;
	uint8_t vector; /* not the one of before */
	uint64_t old_count, new_count;
};

static void count(void *argument)
{
	++*(uint64_t *)argument;
}

static bool fail(struct look *look, const char *what)
{
	if (!look->seen->failure[0])
		print_to(look->seen->failure, sizeof(look->seen->failure), "%s: %s", what,
			 unit_failure(look->unit));
	return false;
}

static unsigned int count_faults(struct unit *unit)
{
	struct fault_log log;

	fault_collect(unit, &log);
	return log.count;
}

/* The window of before is at bystanders, which a write meets if nobody translates. */
static bool look_untranslated(struct look *look)
{
	struct stage *old = &look->memory->stage;
	const struct dma dma = { 0 };

	fault_clear(look->unit);
	dma_reset_canaries(old);
	if (!dma_arm(old))
		return fail(look, "the agent does not finish");
	look->seen->untranslated = dma_write(old, &dma);
	look->seen->untranslated_faults = count_faults(look->unit);
	return true;
}

/* A tail that is moved while the queue is off: nobody may fetch what lies there. */
static void look_at_queue(struct look *look)
{
	struct unit *unit = look->unit;
	const uint32_t iqe = (uint32_t)FIELD_MASK(FSTS_IQE);

	if (!caps_has(&unit->caps, CAPABILITY_QI))
		return;
	unit_write32(unit, REG_FSTS, iqe);
	unit_write64(unit, REG_IQT, reg_put(IQT_QT, 2));
	time_delay_us(SILENCE_US);
	look->seen->queue_moves = unit_read64(unit, REG_IQH) || unit_read32(unit, REG_FSTS) & iqe;
	unit_write64(unit, REG_IQT, 0);
	unit_write32(unit, REG_FSTS, iqe);
}

static void take_vectors(struct look *look)
{
	/* In the boot after a reset the vector of before is free, and may be the first that is given. */
	do
		look->vector = trap_vector_alloc();
	while (look->vector && look->vector == look->memory->vector);
	trap_set_interrupt_handler(look->vector, count, &look->new_count);
	trap_set_interrupt_handler(look->memory->vector, count, &look->old_count);
}

static bool send(struct look *look, struct interrupt_message message)
{
	const struct agent_interrupt request = { message.address, message.data, 4, false };
	const struct deadline end = deadline_after_us(ARRIVAL_US);
	volatile uint64_t *old = &look->old_count, *new = &look->new_count;

	*old = *new = 0;
	if (!look->agent->interrupt(look->agent, &request))
		return fail(look, "the agent does not finish");
	while (!*old && !*new && !reg_get(unit_read32(look->unit, REG_FSTS), FSTS_PPF) &&
	       !deadline_passed(&end))
		continue;
	time_delay_us(SILENCE_US);
	return true;
}

static void look_compatible(struct look *look)
{
	const struct interrupt_message plain = { apic_msi_address(), apic_msi_data(look->vector) };

	fault_clear(look->unit);
	look->seen->is_compatible = send(look, plain) && look->new_count;
	if (look->memory->has_both_formats)
		look->seen->is_past_table = send(look, interrupt_both_formats(look->vector)) &&
					    look->new_count && !count_faults(look->unit);
}

/* Tables of our own, that lead the window of before to other pages. */
static bool build_fresh(struct look *look)
{
	struct stage *fresh = &look->fresh;
	const struct stage *old = &look->memory->stage;

	if (!stage_build(fresh, &old->scene, look->unit, look->agent))
		return fail(look, "no tables");
	for (unsigned int page = 0; page < WINDOW_PAGES; page++)
		if (paging_map(&fresh->table, iova(old->window.value + page * PAGE_BYTES),
			       phys(stage_address_of(
				       fresh, fresh->canary[page ? CANARY_GAP : CANARY_TARGET_1])),
			       12, ACCESS_BOTH) != STATUS_OK)
			return fail(look, "no memory for the tables");
	return true;
}

static void look_for_stale(struct look *look, unsigned int page)
{
	struct stage probe = look->fresh;

	fault_clear(look->unit);
	dma_reset_canaries(&look->memory->stage);
	probe.window = look->memory->stage.window;
	look->seen->hit[page] = dma_hit(&probe, page);
	look->seen->hit_old[page] = !dma_canaries_are_untouched(&look->memory->stage);
	look->seen->hit_faults[page] = count_faults(look->unit);
	look->fresh.canaries.kind = CANARIES_UNKNOWN;
}

/*
 * Software must invalidate after SRTP (without ESRTPS), and this is the one place that does not: what the caches of a unit
 * just reset hold could not be seen otherwise.
 */
static bool look_at_caches(struct look *look)
{
	struct unit *unit = look->unit;
	struct root_table *root = &look->fresh.root;

	if (!build_fresh(look))
		return false;
	if (!dma_arm_untranslated(&look->fresh)) /* the reset was one of the agent, too */
		return fail(look, "the agent does not finish");
	if ((caps_has(&unit->caps, CAPABILITY_QI) &&
	     queue_enable(unit, root->scalable, 0) != STATUS_OK) ||
	    unit_latch_root(unit, phys_of(root->entries),
			    root->scalable ? TTM_SCALABLE : TTM_LEGACY) != STATUS_OK ||
	    unit_set_translation(unit, true) != STATUS_OK)
		return fail(look, "cannot be turned on again");
	look_for_stale(look, 0);
	look_for_stale(look, 1);
	return unit_set_translation(unit, false) == STATUS_OK || fail(look, "TE stays on");
}

static bool look_at_interrupt_cache(struct look *look)
{
	struct reset_memory *memory = look->memory;
	const struct irte entry =
		interrupt_entry(look->vector, apic_id(), memory->is_extended, look->agent->sid);

	if (interrupt_table_create(&look->interrupts, look->unit, INTERRUPT_TEST_S) != STATUS_OK)
		return fail(look, "no memory");
	entry_store(look->interrupts.entries[INTERRUPT_TEST_INDEX].q, entry.q, 2,
		    look->interrupts.snooped);
	if (unit_latch_irt(look->unit, phys_of(look->interrupts.entries), INTERRUPT_TEST_S,
			   memory->is_extended) != STATUS_OK ||
	    unit_set_interrupt_remapping(look->unit, true) != STATUS_OK)
		return fail(look, "interrupt remapping cannot be turned on again");
	fault_clear(look->unit);
	if (!send(look, interrupt_test_request(INTERRUPT_TEST_INDEX)))
		return false;
	look->seen->new_interrupt = look->new_count;
	look->seen->old_interrupt = look->old_count;
	return unit_set_interrupt_remapping(look->unit, false) == STATUS_OK ||
	       fail(look, "IRE stays on");
}

static bool look_at_work(struct look *look)
{
	const struct dma dma = { 0 }, unmapped = { .place = DMA_UNMAPPED };

	if (translation_rest(look->unit) != STATUS_OK || !stage_raise(&look->fresh))
		return fail(look, "cannot be brought up");
	fault_clear(look->unit);
	if (!dma_arm(&look->fresh))
		return fail(look, "the agent does not finish");
	look->seen->works = dma_write(&look->fresh, &dma);
	(void)dma_write(&look->fresh, &unmapped);
	look->seen->blocked_faults = count_faults(look->unit);
	return true;
}

static bool look_at_all(struct look *look)
{
	if (!look->agent)
		return true;
	look->agent->set_bus_master(look->agent, true);
	take_vectors(look);
	if (look->memory->has_dma && !look_untranslated(look))
		return false;
	look_at_queue(look);
	if (look->memory->has_interrupts)
		look_compatible(look);
	if (look->memory->has_dma && !look_at_caches(look))
		return false;
	if (look->memory->has_interrupts && !look_at_interrupt_cache(look))
		return false;
	return !look->memory->has_dma || look_at_work(look);
}

void reset_observe(struct reset_memory *memory, struct unit *unit, struct agent *agent,
		   struct reset_seen *seen)
{
	struct look look = { .memory = memory, .unit = unit, .agent = agent, .seen = seen };

	*seen = (struct reset_seen){ .hit = { CANARY_COUNT, CANARY_COUNT } };
	reset_read_registers(unit, &seen->registers);
	(void)look_at_all(&look);
	if (translation_rest(unit) != STATUS_OK)
		(void)fail(&look, "does not come to rest");
	interrupt_table_destroy(&look.interrupts);
	if (look.fresh.is_up && !stage_strike(&look.fresh))
		(void)fail(&look, "does not come to rest");
}
