/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/stimuli_steps.h"

#include "arch/apic.h"
#include "arch/cpu.h"
#include "arch/print.h"
#include "arch/string.h"
#include "arch/time.h"
#include "iommu/spec/fault_reason.h"
#include "iommu/structures/entry.h"
#include "iommu/structures/translation.h"
#include "iommu/unit/invalidate.h"
#include "tests/engine/platform.h"
#include "tests/scenes/agents/endpoint.h"
#include "tests/units/modelled.h"

/* ---- descriptors ---- */

static unsigned int type_of(const uint64_t *q)
{
	return (unsigned int)(field_get(q, INV_TYPE_HIGH) << 4 | field_get(q, INV_TYPE_LOW));
}

/* What a wait descriptor writes is to lie on the board; address bits that no memory has are ignored. */
static bool is_on_board(const struct theatre *theatre, const uint64_t *q)
{
	const uint64_t reach = (UINT64_C(1) << platform.dmar.host_address_bits) - 1;
	const uint64_t at = field_get_address(q, INV_WAIT_ADDR) & reach;

	return at - phys_of(theatre->shadow->board).value <= BOARD_STATUS_BYTES - 4;
}

static bool is_page_selective(const uint64_t *q, unsigned int type)
{
	return type == INV_IOTLB ? field_get(q, INV_IOTLB_G) == GRANULARITY_SPECIFIC
				 : type == INV_PIOTLB && field_get(q, INV_PIOTLB_G) == PIOTLB_PAGES;
}

/* The book does not say what a unit makes of it. */
static bool is_open(const struct theatre *theatre, const uint64_t *q)
{
	const struct caps *caps = &unit_of(theatre)->caps;
	const unsigned int type = type_of(q);
	const unsigned int mask = (unsigned int)field_get(q, INV_IOTLB_AM);

	if (is_modelled(theatre))
		return false;
	if (type == INV_WAIT && field_get(q, INV_WAIT_SW) && field_get(q, INV_WAIT_IF))
		return true; /* it ends an emulator, see where it is made */
	if (is_page_selective(q, type))
		return mask > caps_max_address_mask(caps) || !caps_has(caps, CAPABILITY_PSI) ||
		       (field_get(q, INV_IOTLB_ADDR) & ((UINT64_C(1) << mask) - 1));
	if (type == INV_IEC && field_get(q, INV_IEC_G))
		return field_get(q, INV_IEC_IM) > reg_get(caps->ecap, ECAP_MHMV) ||
		       (field_get(q, INV_IEC_IIDX) & ((1u << field_get(q, INV_IEC_IM)) - 1));
	return (type == INV_DEVTLB || type == INV_PDEVTLB || type == INV_PGRESP) &&
	       caps_has(caps, CAPABILITY_DT);
}

static bool submit(struct theatre *theatre, const struct step *step)
{
	struct queue *queue = &unit_of(theatre)->queue;
	const uint32_t bytes = queue_descriptor_bytes(queue);
	uint64_t q[4];

	stimuli_words(step, q);
	if (!queue->on || is_open(theatre, q) ||
	    (type_of(q) == INV_WAIT && field_get(q, INV_WAIT_SW) && !is_on_board(theatre, q)))
		return true;
	memcpy(queue->ring + queue->tail_bytes, q, bytes);
	queue->tail_bytes = (queue->tail_bytes + bytes) % queue_ring_bytes(queue);
	cpu_fence();
	if (!step->is_held)
		unit_write64(unit_of(theatre), REG_IQT, queue->tail_bytes);
	return true;
}

/* ---- registers ---- */

static bool write_register(struct theatre *theatre, const struct step *step)
{
	const struct register_write write = { (uint32_t)step->at_address, step->bytes,
					      step->value };

	if (!registers_is_safe(theatre->shadow, &write))
		return true;
	if (write.bytes == 8)
		unit_write64(unit_of(theatre), write.offset, write.value);
	else
		unit_write32(unit_of(theatre), write.offset, (uint32_t)write.value);
	return true;
}

/* ---- commands ---- */

static enum status enter_mode(struct theatre *theatre, enum ttm mode, uint64_t bits)
{
	struct unit *unit = unit_of(theatre);
	enum status status = unit_set_translation(unit, false);

	theatre->has_other_mode = true;
	if (status == STATUS_OK)
		status = unit_latch_root(
			unit, phys(phys_of(theatre->stage->root.entries).value | bits), mode);
	return status == STATUS_OK ? unit_set_translation(unit, true) : status;
}

static bool has_queue_error(struct theatre *theatre)
{
	uint64_t status;

	(void)shadow_register(theatre->shadow, REG_FSTS, 4, &status);
	return status & QUEUE_ERRORS;
}

/* Tables, and the ring that is taken away here, stay where they are. */
static enum status reset(struct theatre *theatre)
{
	theatre->was_reset = true;
	shadow_reset(theatre->shadow);
	model_reset(&modelled_of(unit_of(theatre))->model);
	queue_forget(unit_of(theatre));
	return STATUS_OK;
}

static enum status give_command(struct theatre *theatre, const struct step *step)
{
	struct unit *unit = unit_of(theatre);
	enum status status = STATUS_OK;

	switch (step->command) {
	case COMMAND_ROOT:
		return unit_latch_root(unit, phys_of(theatre->stage->root.entries),
				       own_mode(theatre));
	case COMMAND_INTERRUPTS:
		return unit_latch_irt(unit, phys_of(theatre->interrupts.entries),
				      theatre->interrupts.s, theatre->is_extended);
	case COMMAND_REMAPPING:
		status = unit_set_interrupt_remapping(unit, false);
		return status == STATUS_OK ? unit_set_interrupt_remapping(unit, true) : status;
	case COMMAND_REMAPPING_OFF:
		return unit_set_interrupt_remapping(unit, false);
	case COMMAND_QUEUE:
		return has_queue_error(theatre) ? STATUS_OK : stimuli_restart_queue(unit);
	case COMMAND_COMPATIBLE: /* whether it came shows in GSTS */
		status = unit_set_compatibility_interrupts(
			unit, !reg_get(unit_read32(unit, REG_GSTS), GSTS_CFIS));
		return status == STATUS_TIMEOUT ? STATUS_OK : status;
	case COMMAND_RESERVED_MODE:
		return enter_mode(theatre, TTM_RESERVED, 0);
	case COMMAND_ABORT_MODE:
		return enter_mode(theatre, TTM_ABORT, 0);
	case COMMAND_LEGACY_MODE:
		return enter_mode(theatre, TTM_LEGACY, 0);
	case COMMAND_IO_RIGHTS:
		return enter_mode(theatre, own_mode(theatre), FIELD_MASK(RTADDR_SSIRWE));
	case COMMAND_RESET:
		return reset(theatre);
	case COMMANDS:
		break;
	}
	return status;
}

/* ---- the interrupt table ---- */

static void write_posted(struct theatre *theatre, const struct step *step)
{
	uint64_t *words = posted_words(theatre);

	for (unsigned int i = 0; i < 4; i++)
		words[4 + i] ^= step->flips[i];
	cpu_fence();
	shadow_wipe_board(theatre->shadow);
}

/* A unit may let through what it should block: then, too, it must be no more than an interrupt of ours. */
static bool is_harmless_entry(const struct theatre *theatre, const uint64_t *q)
{
	if (is_modelled(theatre))
		return true;
	return field_get(q, IRTE_DLM) == DLM_FIXED && !field_get(q, IRTE_TM) &&
	       (field_get(q, IRTE_V) == theatre->vectors[0] ||
		field_get(q, IRTE_V) == theatre->vectors[1]);
}

static bool is_harmless_request(const struct theatre *theatre, const struct step *step)
{
	const struct interrupt_message message = { step->at_address, (uint32_t)step->value };

	return is_modelled(theatre) || reg_get(step->at_address, INTERRUPT_ADDR_FORMAT) ||
	       sent_is_harmless(unit_of(theatre), &message);
}

static bool write_entry(struct theatre *theatre, const struct step *step)
{
	uint64_t q[4];

	stimuli_words(step, q);
	if (!is_harmless_entry(theatre, q))
		return true;
	if (step->index == STIMULI_POSTED && shadow_is_of_one_mind(theatre->shadow))
		write_posted(theatre, step);
	else if (theatre->has_interrupts && step->index != STIMULI_POSTED)
		entry_store(theatre->interrupts.entries[step->index].q, q, 2,
			    theatre->interrupts.snooped);
	return true;
}

/* ---- requests ---- */

static bool is_harmless(const struct theatre *theatre)
{
	for (unsigned int i = 0; i < SHADOW_SIDES; i++) {
		const struct sent *sent = &theatre->shadow->sides[i]->sent;

		if (sent->message_count && !sent_is_harmless(unit_of(theatre), &sent->message))
			return false;
	}
	return true;
}

static bool lose(struct theatre *theatre)
{
	theatre->is_lost = true;
	return true;
}

/* "Interrupt Remapping Fault Conditions": those met before an index is known. */
static bool has_index(uint8_t reason)
{
	return reason != FR_IR_20 && reason != FR_IR_25 && reason != FR_IR_29 &&
	       reason != FR_IR_2A && reason != FR_IR_2B;
}

/* Where more than one thing is wrong with an entry or a request, the book gives no order that all units keep. */
static bool is_either_reason(uint8_t seen, uint8_t due)
{
	return (seen == FR_IR_24 && due == FR_IR_26) || (seen == FR_IR_26 && due == FR_IR_24) ||
	       (seen == FR_IR_20 && due == FR_IR_21) || (seen == FR_IR_21 && due == FR_IR_20);
}

static void compare_interrupt_fault(struct theatre *theatre, const struct prediction *due,
				    const struct fault_log *log, unsigned int number,
				    struct mismatch *mismatch)
{
	const struct fault *seen = &log->faults[0];
	char text[60] = "";

	if (due->is_recorded && !log->count)
		print_to(text, sizeof(text), "%02X is not recorded", due->fault.reason);
	else if (!due->is_recorded && log->count)
		print_to(text, sizeof(text), "%02X for none", seen->reason);
	else if (!log->count)
		return;
	else if (seen->reason != due->fault.reason) {
		if (is_modelled(theatre) || !is_either_reason(seen->reason, due->fault.reason))
			print_to(text, sizeof(text), "reason %02X for %02X", seen->reason,
				 due->fault.reason);
	} else if (seen->sid != due->fault.sid)
		print_to(text, sizeof(text), "wrong source-id");
	else if (has_index(seen->reason) && seen->address != due->fault.address)
		print_to(text, sizeof(text), "wrong index");
	if (text[0])
		mismatch_note(mismatch, number, text);
}

static bool send_interrupt(struct theatre *theatre, const struct step *step, unsigned int number,
			   struct mismatch *mismatch)
{
	struct agent *agent = theatre->stage->agent;
	const struct agent_interrupt message = { .address = step->at_address,
						 .data = step->value,
						 .bytes = step->bytes };
	struct model_request request = { .kind = MODEL_WRITE,
					 .sid = agent->sid,
					 .address = step->at_address,
					 .bytes = step->bytes,
					 .data = (uint32_t)step->value };
	struct prediction due;
	struct model_answer answer;
	struct fault_log log;
	bool is_sent = true;

	if (!is_harmless_request(theatre, step))
		return true;
	if (theatre->endpoint)
		request.sid = theatre->endpoint[step->index].sid;
	due = shadow_predict(theatre->shadow, &request);
	if (!is_harmless(theatre) || due.is_unknown)
		return lose(theatre);
	if (theatre->endpoint)
		(void)endpoint_send(&theatre->endpoint[step->index], &request, &answer);
	else
		is_sent = agent->interrupt(agent, &message);
	fault_collect(unit_of(theatre), &log);
	if (due.is_open)
		return lose(theatre);
	compare_interrupt_fault(theatre, &due, &log, number, mismatch);
	return is_sent;
}

static void compare_answer(const struct model_answer *seen, const struct model_answer *due,
			   unsigned int number, struct mismatch *mismatch)
{
	if (seen->completion != due->completion)
		mismatch_note(mismatch, number, "another completion");
	else if (seen->ok && seen->phys != due->phys)
		mismatch_note(mismatch, number, "another address");
	else if (!shadow_is_same_answer(seen, due))
		mismatch_note(mismatch, number, "another answer");
}

/* The record stays, and registers tell. */
static bool request_and_keep(struct theatre *theatre, const struct model_request *request,
			     const struct step *step, unsigned int number,
			     struct mismatch *mismatch)
{
	const struct prediction due = shadow_pass(theatre->shadow, request);
	struct model_answer answer;

	if (!is_harmless(theatre) || due.is_unknown || due.is_open ||
	    !theatre_remember(theatre, &due))
		return lose(theatre);
	(void)endpoint_send(&theatre->endpoint[step->index], request, &answer);
	compare_answer(&answer, &due.answer, number, mismatch);
	return true;
}

static bool send_request(struct theatre *theatre, const struct step *step, unsigned int number,
			 struct mismatch *mismatch)
{
	struct model_request request = step->request;
	struct prediction due;
	struct model_answer answer;
	struct fault_log log;

	request.sid = theatre->endpoint[step->index].sid;
	if (step->keeps_fault)
		return request_and_keep(theatre, &request, step, number, mismatch);
	fault_clear(unit_of(theatre));
	due = shadow_predict(theatre->shadow, &request);
	if (!is_harmless(theatre) || due.is_unknown || !theatre_remember(theatre, &due))
		return lose(theatre);
	(void)endpoint_send(&theatre->endpoint[step->index], &request, &answer);
	fault_collect(unit_of(theatre), &log);
	if (due.is_open)
		return true;
	compare_answer(&answer, &due.answer, number, mismatch);
	compare_fault(theatre->stage, &log, &due, number, mismatch);
	if (!compare_flags(&due))
		mismatch_note(mismatch, number, "flags not set");
	return true;
}

/* ---- what came of it ---- */

static const char *find_on_board(const struct theatre *theatre)
{
	const uint8_t *seen = theatre->shadow->board;
	const uint8_t *due = shadow_plain_side(theatre->shadow)->board;

	if (memcmp(seen, due, BOARD_STATUS_BYTES) != 0)
		return "another status written";
	if (memcmp(seen + BOARD_STATUS_BYTES, due + BOARD_STATUS_BYTES,
		   BOARD_PAGES - BOARD_STATUS_BYTES) != 0)
		return "another posted descriptor";
	return memcmp(seen + BOARD_PAGES, due + BOARD_PAGES, SHADOW_BOARD_BYTES - BOARD_PAGES)
		       ? "another page request"
		       : NULL;
}

static enum registers_asked registers_of(const struct theatre *theatre, const struct step *step)
{
	if (!is_modelled(theatre))
		return REGISTERS_MOVING;
	return step->kind == STEP_COMMAND && step->command == COMMAND_RESET ? REGISTERS_EVERY
									    : REGISTERS_THERE;
}

static void compare_registers(struct theatre *theatre, const struct step *step, unsigned int number,
			      struct mismatch *mismatch)
{
	const uint32_t written = step->kind == STEP_WRITE ? (uint32_t)step->at_address : UINT32_MAX;
	const struct register_difference difference =
		registers_compare(theatre->shadow, written, registers_of(theatre, step));
	char text[60];

	if (!difference.name)
		return;
	if (difference.is_wide)
		print_to(text, sizeof(text), "another %s", difference.name);
	else
		print_to(text, sizeof(text), "%s %x for %x", difference.name, difference.seen,
			 difference.due);
	mismatch_note(mismatch, number, text);
	/* IP was left from before: what the last step was does not matter. */
	mismatch->takes_steps &= !strstr(text, "CTL_IP");
}

/* A unit that takes its time writes status words when it gets there: registers are waited for first. */
static void compare_all(struct theatre *theatre, const struct step *step, unsigned int number,
			struct mismatch *mismatch)
{
	struct sent due = shadow_plain_side(theatre->shadow)->sent;
	const char *difference;

	if (!shadow_is_of_one_mind(theatre->shadow))
		return;
	if (theatre->emphasis != ON_TABLES)
		compare_registers(theatre, step, number, mismatch);
	difference = find_on_board(theatre);
	if (!difference)
		difference = sent_difference(unit_of(theatre), &due);
	if (difference)
		mismatch_note(mismatch, number, difference);
}

static bool make(struct theatre *theatre, const struct step *step, unsigned int number,
		 struct mismatch *mismatch)
{
	switch (step->kind) {
	case STEP_DESCRIPTOR:
		return submit(theatre, step);
	case STEP_WRITE:
		return write_register(theatre, step);
	case STEP_ENTRY:
		return write_entry(theatre, step);
	case STEP_INTERRUPT:
		return send_interrupt(theatre, step, number, mismatch);
	case STEP_REQUEST:
		return send_request(theatre, step, number, mismatch);
	case STEP_COMMAND:
		return give_command(theatre, step) == STATUS_OK || has_queue_error(theatre);
	default:
		return true;
	}
}

bool stimuli_act(struct theatre *theatre, const struct step *step, unsigned int number,
		 struct mismatch *mismatch)
{
	bool is_well;

	if (theatre->is_lost)
		return true;
	theatre->is_board_used = true;
	shadow_clear_sent(theatre->shadow);
	sent_begin(unit_of(theatre));
	is_well = make(theatre, step, number, mismatch);
	theatre->is_lost |= shadow_complaint(theatre->shadow) != NULL;
	if (!theatre->is_lost && is_well && !mismatch->is_any)
		compare_all(theatre, step, number, mismatch);
	return is_well || theatre->is_lost;
}
