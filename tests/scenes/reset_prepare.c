/* SPDX-License-Identifier: MIT */
#include "arch/apic.h"
#include "arch/cpu.h"
#include "arch/page.h"
#include "arch/print.h"
#include "arch/time.h"
#include "arch/trap.h"
#include "iommu/unit/fault.h"
#include "tests/scenes/interrupt_test.h"
#include "tests/scenes/reset_scene.h"

enum { ARRIVAL_US = 50000, TYPE_OF_NOBODY = 0, COMMAND_OF_NOBODY = 1, SOME_DOMAIN = 5 };

/* The smallest protected range that every unit can hold: 16 MiB, aligned to its size. */
#define PROTECTED_BYTES UINT64_C(0x1000000)

static volatile unsigned int arrived;

static void note_arrival(void *argument)
{
	(void)argument;
	arrived = arrived + 1;
}

static bool fail(struct reset_memory *memory, struct unit *unit, const char *what)
{
	print_to(memory->failure, sizeof(memory->failure), "%s: %s", what, unit_failure(unit));
	return false;
}

static void wait_for_answer(struct unit *unit)
{
	const struct deadline end = deadline_after_us(UNIT_DEADLINE_US);

	while (reg_get(unit_read64(unit, REG_ECRSP), ECRSP_IP) && !deadline_passed(&end))
		continue;
}

/*
 * Fields that ask for nothing without ICC and IVT: before the queue is on, and not on units without the registers' use. And
 * an enhanced command that nobody has, whose answer stays.
 */
static void set_commands(struct unit *unit)
{
	if (caps_has(&unit->caps, CAPABILITY_ECMDS)) {
		unit_write64(unit, REG_ECMD, reg_put(ECMD_CMD, COMMAND_OF_NOBODY));
		wait_for_answer(unit);
	}
	if (caps_major(&unit->caps) >= 6)
		return;
	unit_write64(unit, REG_CCMD,
		     reg_put(CCMD_CIRG, GRANULARITY_DOMAIN) | reg_put(CCMD_DID, SOME_DOMAIN));
	unit_write64(unit, caps_iotlb_offset_bytes(&unit->caps) + REG_IOTLB_IN_BLOCK,
		     reg_put(IOTLB_IIRG, GRANULARITY_DOMAIN) | reg_put(IOTLB_DID, SOME_DOMAIN));
}

/* A queue for page requests, and tables that let the agent send some. */
static bool open_page_requests(struct reset_memory *memory, struct unit *unit)
{
	const struct poke allow[] = { { AT_CONTEXT, FIELD(SMCONTEXT_DTE), 1, VALUE_PLAIN },
				      { AT_CONTEXT, FIELD(SMCONTEXT_PRE), 1, VALUE_PLAIN } };

	memory->requests = page_alloc();
	if (!memory->requests)
		return fail(memory, unit, "no memory");
	unit_write64(unit, REG_PQA, phys_of(memory->requests).value);
	if (memory->stage.agent->limits.features & AGENT_PAGE_REQUEST &&
	    memory->stage.root.scalable)
		for (unsigned int i = 0; i < sizeof(allow) / sizeof(allow[0]); i++)
			(void)stage_poke(&memory->stage, &allow[i]);
	return true;
}

static bool fill_translations(struct reset_memory *memory, struct unit *unit, struct agent *agent)
{
	const struct scene scene = {
		.mode = caps_has(&unit->caps, CAPABILITY_SMTS) ? SCENE_SCALABLE : SCENE_LEGACY,
	};
	const struct dma dma = { 0 }, unmapped = { .place = DMA_UNMAPPED };
	const struct dma request = { .kind = REQUEST_PAGE, .place = DMA_UNMAPPED };

	if (scene_obstacle(&scene, &unit->caps))
		return true;
	if (!stage_build(&memory->stage, &scene, unit, agent))
		return fail(memory, unit, "no tables");
	if (caps_has(&unit->caps, CAPABILITY_PRS) && !open_page_requests(memory, unit))
		return false;
	if (!stage_raise(&memory->stage))
		return fail(memory, unit, "no translation");
	fault_clear(unit);
	if (!dma_arm(&memory->stage) || dma_write(&memory->stage, &dma) != DMA_LANDED)
		return fail(memory, unit, "no DMA");
	(void)dma_write(&memory->stage, &unmapped);
	(void)dma_write(&memory->stage, &unmapped);
	if (memory->requests && agent->limits.features & AGENT_PAGE_REQUEST)
		(void)dma_write(&memory->stage, &request);
	memory->has_dma = true;
	return true;
}

static bool can_interrupt(const struct unit *unit, const struct agent *agent)
{
	if (!caps_has(&unit->caps, CAPABILITY_IR) || !apic_is_present() || !agent->interrupt)
		return false;
	if (apic_is_x2apic())
		return caps_has(&unit->caps, CAPABILITY_EIM);
	return apic_id() <= 0xff &&
	       (unit->source == UNIT_MODEL || !caps_has(&unit->caps, CAPABILITY_EIMER));
}

/* By its index, the request that both formats understand leads where the other one does. */
static bool publish_both_formats(struct reset_memory *memory, struct unit *unit,
				 const struct irte *entry)
{
	const uint16_t index = interrupt_index_of(interrupt_both_formats(memory->vector));

	memory->has_both_formats = index < 2u << INTERRUPT_TEST_S;
	return !memory->has_both_formats ||
	       publish_interrupt(unit, &memory->interrupts, index, entry) == STATUS_OK;
}

static bool fill_interrupts(struct reset_memory *memory, struct unit *unit, struct agent *agent)
{
	const struct interrupt_message message = interrupt_test_request(INTERRUPT_TEST_INDEX);
	const struct agent_interrupt request = { message.address, message.data, 4, false };
	const struct deadline end = deadline_after_us(ARRIVAL_US);
	struct irte entry;

	if (!can_interrupt(unit, agent) || !unit->queue.on)
		return true;
	memory->is_extended = apic_is_x2apic() || caps_has(&unit->caps, CAPABILITY_EIMER);
	entry = interrupt_entry(memory->vector, apic_id(), memory->is_extended, agent->sid);
	if (interrupt_table_create(&memory->interrupts, unit, INTERRUPT_TEST_S) != STATUS_OK ||
	    interrupt_table_load(unit, &memory->interrupts, memory->is_extended) != STATUS_OK ||
	    publish_interrupt(unit, &memory->interrupts, INTERRUPT_TEST_INDEX, &entry) !=
		    STATUS_OK ||
	    !publish_both_formats(memory, unit, &entry) ||
	    unit_set_interrupt_remapping(unit, true) != STATUS_OK)
		return fail(memory, unit, "no interrupt remapping");
	arrived = 0;
	if (!agent->interrupt(agent, &request))
		return fail(memory, unit, "no interrupt");
	while (!arrived && !deadline_passed(&end))
		continue;
	memory->has_interrupts = arrived;
	/* Where it does not follow, a test of its own tells. */
	memory->is_compatible =
		!memory->is_extended && unit_set_compatibility_interrupts(unit, true) == STATUS_OK;
	return true;
}

/* The interrupt flag of a wait first, so that it is done; the unit stands at the second descriptor. */
static void stop_queue(struct unit *unit)
{
	struct descriptor both[2] = { { { INV_WAIT } }, { { TYPE_OF_NOBODY } } };
	const struct deadline end = deadline_after_us(UNIT_DEADLINE_US);

	field_set(both[0].q, INV_WAIT_IF, 1);
	if (!unit->queue.on)
		return;
	queue_submit(unit, both, 2);
	while (!reg_get(unit_read32(unit, REG_FSTS), FSTS_IQE) && !deadline_passed(&end))
		continue;
}

static bool protect_memory(struct reset_memory *memory, struct unit *unit)
{
	const uint64_t base = phys_of(memory).value & ~(PROTECTED_BYTES - 1);
	const uint64_t limit = base + PROTECTED_BYTES - 1;
	const bool low = caps_has(&unit->caps, CAPABILITY_PLMR);
	const bool high = caps_has(&unit->caps, CAPABILITY_PHMR);

	if (low) {
		unit_write32(unit, REG_PLMBASE, (uint32_t)base);
		unit_write32(unit, REG_PLMLIMIT, (uint32_t)limit);
	}
	if (high) {
		unit_write64(unit, REG_PHMBASE, base);
		unit_write64(unit, REG_PHMLIMIT, limit);
	}
	if (!low && !high)
		return true;
	unit_write32(unit, REG_PMEN, (uint32_t)FIELD_MASK(PMEN_EPM));
	return unit_wait32(unit, "PMEN", REG_PMEN, (uint32_t)FIELD_MASK(PMEN_PRS),
			   (uint32_t)FIELD_MASK(PMEN_PRS)) == STATUS_OK ||
	       fail(memory, unit, "no protected memory");
}

/* Whatever is pending goes out to a vector of ours; the upper address is set when nothing more will come. */
static void open_event(struct unit *unit, uint32_t control, uint8_t vector)
{
	unit_write32(unit, control + 4, apic_msi_data(vector));
	unit_write32(unit, control + 8, (uint32_t)apic_msi_address());
	unit_write32(unit, control, 0);
	unit_write32(unit, control + 12, UINT32_MAX);
}

static void set_rest(struct unit *unit, const struct reset_memory *memory)
{
	open_event(unit, REG_FECTL, memory->vector);
	if (caps_has(&unit->caps, CAPABILITY_QI))
		open_event(unit, REG_IECTL, memory->vector);
	if (caps_has(&unit->caps, CAPABILITY_PRS)) {
		open_event(unit, REG_PECTL, memory->vector);
		unit_write64(unit, REG_PQT, reg_put(PQT_PQT, 1));
		unit_write64(unit, REG_PQH, reg_put(PQH_PQH, 1));
	}
	if (caps_has(&unit->caps, CAPABILITY_MTS)) {
		unit_write64(unit, REG_MTRR_FIX64K_00000, 0x0606060606060606);
		unit_write64(unit, REG_MTRR_FIX4K_F8000, 0x0505050505050505);
		unit_write64(unit, REG_MTRRDEF,
			     reg_put(MTRRDEF_E, 1) | reg_put(MTRRDEF_FE, 1) |
				     reg_put(MTRRDEF_TYPE, 6));
	}
}

static bool turn_all_on(struct reset_memory *memory, struct unit *unit, struct agent *agent)
{
	set_commands(unit);
	if (agent && !fill_translations(memory, unit, agent))
		return false;
	if (!unit->queue.on && caps_has(&unit->caps, CAPABILITY_QI) &&
	    queue_enable(unit, false, 0) != STATUS_OK)
		return fail(memory, unit, "no queue");
	if (agent && !fill_interrupts(memory, unit, agent))
		return false;
	stop_queue(unit);
	set_rest(unit, memory);
	return protect_memory(memory, unit);
}

bool reset_prepare(struct reset_memory *memory, struct unit *unit, struct agent *agent)
{
	memory->vector = trap_vector_alloc();
	if (!memory->vector) {
		print_to(memory->failure, sizeof(memory->failure), "no vector");
		return false;
	}
	trap_set_interrupt_handler(memory->vector, note_arrival, NULL);
	if (agent) {
		agent->set_bus_master(agent, true);
		memory->agent_mask = agent->limits.address_mask;
	}
	memory->is_ready = turn_all_on(memory, unit, agent);
	reset_read_registers(unit, &memory->before);
	return memory->is_ready;
}
