/* SPDX-License-Identifier: MIT */
/* Around the steps: what a scene needs before its first case, and how each case's remains go. */
#include "tests/fuzz/stimuli_steps.h"

#include "arch/apic.h"
#include "arch/cpu.h"
#include "arch/string.h"
#include "arch/time.h"
#include "arch/trap.h"
#include "iommu/structures/entry.h"
#include "iommu/structures/translation.h"
#include "iommu/unit/invalidate.h"
#include "tests/engine/platform.h"
#include "tests/scenes/agents/endpoint.h"
#include "tests/units/modelled.h"

enum status stimuli_restart_queue(struct unit *unit)
{
	const bool is_wide = unit->queue.wide;
	enum status status = queue_disable(unit);

	return status == STATUS_OK ? queue_enable(unit, is_wide, 0) : status;
}

static void clean_board(struct theatre *theatre)
{
	uint64_t *posted = posted_words(theatre);

	memset(theatre->shadow->board, 0, SHADOW_BOARD_BYTES);
	field_set(posted, PID_NV, theatre->vectors[0]);
	if (theatre->is_extended)
		field_set(posted, PID_NDST, apic_id());
	else
		field_set(posted, PID_NDST_XAPIC, apic_id() & 0xff);
	cpu_fence();
	shadow_wipe_board(theatre->shadow);
}

static void clean_entries(struct theatre *theatre)
{
	static const uint64_t absent[2];
	const struct irte entry = interrupt_entry(theatre->vectors[0], apic_id(),
						  theatre->is_extended, theatre->stage->agent->sid);

	for (unsigned int i = 0; i < 3; i++)
		entry_store(theatre->interrupts.entries[STIMULI_INDEX + i].q, i ? absent : entry.q,
			    2, theatre->interrupts.snooped);
}

static void clean_page_requests(struct unit *unit)
{
	if (!caps_has(&unit->caps, CAPABILITY_PRS) || unit->source != UNIT_MODEL)
		return;
	unit_write64(unit, REG_PQH, 0);
	unit_write64(unit, REG_PQT, 0);
	unit_write32(unit, REG_PRS, (uint32_t)(FIELD_MASK(PRS_PPR) | FIELD_MASK(PRS_PRO)));
}

/* The head is where the queue begins again, whatever lies there. */
static bool clean_queue(struct theatre *theatre)
{
	struct unit *unit = unit_of(theatre);
	struct deadline deadline = deadline_after_us(UNIT_DEADLINE_US);

	if (!unit->queue.on)
		return true;
	while (unit_read64(unit, REG_IQH) != unit_read64(unit, REG_IQT) &&
	       !(unit_read32(unit, REG_FSTS) & QUEUE_ERRORS) && !deadline_passed(&deadline))
		continue;
	/* A device that was given up may show only now, with the first wait. */
	for (unsigned int i = 0; i < 3; i++) {
		unit->queue.tail_bytes =
			(uint32_t)(unit_read64(unit, REG_IQH) & FIELD_MASK(IQH_QH));
		if (queue_recover(unit) == STATUS_OK && stimuli_restart_queue(unit) == STATUS_OK)
			return true;
	}
	return false;
}

static bool clean_interrupts(struct theatre *theatre)
{
	static const struct interrupt_invalidation all;
	struct unit *unit = unit_of(theatre);

	if (!theatre->has_interrupts)
		return true;
	clean_entries(theatre);
	if (reg_get(unit_read32(unit, REG_GSTS), GSTS_CFIS) &&
	    unit_set_compatibility_interrupts(unit, false) != STATUS_OK)
		return false;
	return interrupt_table_load(unit, &theatre->interrupts, theatre->is_extended) ==
		       STATUS_OK &&
	       invalidate_interrupts(unit, all) == STATUS_OK;
}

static bool clean_mode(struct theatre *theatre)
{
	struct unit *unit = unit_of(theatre);

	if (!theatre->has_other_mode)
		return true;
	theatre->has_other_mode = false;
	return unit_set_translation(unit, false) == STATUS_OK &&
	       unit_latch_root(unit, phys_of(theatre->stage->root.entries), own_mode(theatre)) ==
		       STATUS_OK;
}

/* Where the next fault is recorded: "reset to zero when both address and interrupt translations are disabled". */
static bool clean_index(struct theatre *theatre)
{
	struct unit *unit = unit_of(theatre);

	if (!is_modelled(theatre))
		return true;
	return unit_set_translation(unit, false) == STATUS_OK &&
	       (!theatre->has_interrupts ||
		(unit_set_interrupt_remapping(unit, false) == STATUS_OK &&
		 unit_set_interrupt_remapping(unit, true) == STATUS_OK)) &&
	       unit_latch_root(unit, phys_of(theatre->stage->root.entries), own_mode(theatre)) ==
		       STATUS_OK;
}

/* A reset leaves all of it off, and faults and errors as they were. */
static bool raise_again(struct theatre *theatre)
{
	struct unit *unit = unit_of(theatre);
	const bool has_queue =
		caps_has(&unit->caps, CAPABILITY_QI) && !theatre->stage->scene.is_without_queue;

	if (!theatre->was_reset)
		return true;
	theatre->was_reset = false;
	unit_write32(unit, REG_FSTS, QUEUE_ERRORS | (uint32_t)FIELD_MASK(FSTS_PFO));
	theatre->has_other_mode = true;
	if (!clean_mode(theatre) || !clean_queue(theatre))
		return false;
	if (has_queue && !unit->queue.on &&
	    queue_enable(unit, theatre->stage->root.scalable, 0) != STATUS_OK)
		return false;
	return translation_start(unit, &theatre->stage->root) == STATUS_OK;
}

static void clean_commands(struct theatre *theatre)
{
	if (theatre->emphasis != ON_COMMANDS)
		return;
	model_recall_pasids(&modelled_of(unit_of(theatre))->model);
	shadow_recall_pasids(theatre->shadow);
}

static bool clean_beside_tables(struct theatre *theatre)
{
	struct unit *unit = unit_of(theatre);
	bool is_well;

	registers_restore(unit, &theatre->kept);
	fault_clear(unit);
	/* A case that ended as lost may have left others there. */
	shadow_clear_faults(theatre->shadow);
	clean_commands(theatre);
	is_well = clean_mode(theatre) && clean_index(theatre) && clean_queue(theatre);
	if (caps_has(&unit->caps, CAPABILITY_QI))
		unit_write32(unit, REG_ICS, (uint32_t)FIELD_MASK(ICS_IWC));
	unit_write32(unit, REG_FSTS, QUEUE_ERRORS | (uint32_t)FIELD_MASK(FSTS_PFO));
	is_well = is_well && clean_interrupts(theatre);
	(void)shadow_complaint(theatre->shadow);
	return is_well;
}

/* The board comes last: a unit and a shadow that differed may not write the same status words while their queues end. */
bool stimuli_restore(struct theatre *theatre)
{
	bool is_well = raise_again(theatre);

	theatre->is_lost = false;
	if (theatre->is_board_used)
		clean_page_requests(unit_of(theatre));
	if (theatre->emphasis == ON_TABLES)
		is_well = is_well && clean_mode(theatre);
	else
		is_well = is_well && clean_beside_tables(theatre);
	if (theatre->is_board_used)
		clean_board(theatre);
	theatre->is_board_used = false;
	return is_well;
}

/* Events lead to our vectors, but are masked. */
static void lead_events_home(struct theatre *theatre)
{
	static const uint32_t events[] = { REG_FECTL, REG_IECTL, REG_PECTL };
	struct unit *unit = unit_of(theatre);

	for (unsigned int i = 0; i < 3; i++) {
		if ((i == 1 && !caps_has(&unit->caps, CAPABILITY_QI)) ||
		    (i == 2 && !caps_has(&unit->caps, CAPABILITY_PRS)))
			continue;
		unit_write32(unit, events[i], (uint32_t)FIELD_MASK(EVENT_CTL_IM));
		unit_write32(unit, events[i] + (REG_FEDATA - REG_FECTL),
			     apic_msi_data(theatre->vectors[i % SENT_VECTORS]));
		unit_write32(unit, events[i] + (REG_FEADDR - REG_FECTL),
			     (uint32_t)apic_msi_address());
	}
}

static bool open_interrupts(struct theatre *theatre)
{
	struct unit *unit = unit_of(theatre);

	if (theatre->emphasis != ON_INTERRUPTS)
		return true;
	theatre->is_extended = apic_is_x2apic() || caps_has(&unit->caps, CAPABILITY_EIMER);
	if (interrupt_table_create(&theatre->interrupts, unit, STIMULI_TABLE) != STATUS_OK)
		return false;
	theatre->has_interrupts = true;
	theatre->shadow->interrupts = &theatre->interrupts;
	return interrupt_table_load(unit, &theatre->interrupts, theatre->is_extended) ==
		       STATUS_OK &&
	       unit_set_interrupt_remapping(unit, true) == STATUS_OK;
}

/* Devices beside the agent have the same tables. */
static void give_tables(struct theatre *theatre, unsigned int nth)
{
	struct root_table *root = &theatre->stage->root;
	uint64_t *slot = root_table_context(root, theatre->endpoint[nth].sid);

	if (!slot)
		return;
	theatre->contexts[nth] = slot;
	entry_store(slot, theatre->whole[AT_CONTEXT], root_table_context_words(root),
		    root->snooped);
}

static void open_endpoints(struct theatre *theatre)
{
	struct unit *unit = unit_of(theatre);
	struct modelled *modelled = modelled_of(unit);

	if (!modelled || !endpoint_of(theatre->stage->agent))
		return;
	theatre->endpoint = modelled->endpoints;
	for (unsigned int i = 0; i < TOPOLOGY_ENDPOINTS; i++)
		modelled->endpoints[i].is_bus_master = true;
	for (unsigned int i = 1; i < TOPOLOGY_ENDPOINTS; i++)
		give_tables(theatre, i);
	if (!caps_has(&unit->caps, CAPABILITY_PRS))
		return;
	unit_write64(unit, REG_PQH, 0);
	unit_write64(unit, REG_PQT, 0);
	unit_write64(unit, REG_PQA, phys_of(theatre->shadow->board).value + BOARD_PAGES);
}

bool stimuli_open(struct theatre *theatre)
{
	open_endpoints(theatre);
	theatre->has_vectors = sent_open(theatre->vectors);
	if (!theatre->has_vectors || !open_interrupts(theatre))
		return false;
	clean_board(theatre);
	if (theatre->emphasis == ON_TABLES)
		return true;
	lead_events_home(theatre);
	registers_keep(unit_of(theatre), &theatre->kept);
	return true;
}

void stimuli_close(struct theatre *theatre)
{
	/* A unit that goes on remapping fails when its stage is struck. */
	if (theatre->has_interrupts &&
	    unit_set_interrupt_remapping(unit_of(theatre), false) == STATUS_OK) {
		theatre->shadow->interrupts = NULL;
		interrupt_table_destroy(&theatre->interrupts);
	}
	if (theatre->has_vectors)
		sent_close();
	for (unsigned int i = 1; theatre->endpoint && i < TOPOLOGY_ENDPOINTS; i++)
		theatre->endpoint[i].is_bus_master = false;
}
