/* SPDX-License-Identifier: MIT */
#include "iommu/unit/queue.h"

#include "arch/cpu.h"
#include "arch/page.h"
#include "arch/panic.h"
#include "arch/string.h"
#include "arch/time.h"
#include "iommu/unit/trace.h"
#include "iommu/unit/unit.h"

#define FSTS_QUEUE_ERRORS \
	((uint32_t)(FIELD_MASK(FSTS_IQE) | FIELD_MASK(FSTS_ICE) | FIELD_MASK(FSTS_ITE)))

/* How many looks at the status word go between two looks at FSTS: memory is cheap, MMIO is not. */
#define POLLS_PER_FSTS_READ 256u

uint32_t queue_descriptor_bytes(const struct queue *queue)
{
	return queue->wide ? 32 : 16;
}

uint32_t queue_ring_bytes(const struct queue *queue)
{
	return PAGE_BYTES << queue->size_log2;
}

enum status queue_enable(struct unit *unit, bool wide, unsigned int size_log2)
{
	struct queue *queue = &unit->queue;
	enum status status;

	if (!caps_has(&unit->caps, CAPABILITY_QI))
		return unit_fail(unit, STATUS_UNSUPPORTED, "unit %u lacks ECAP.QI", unit->index);
	*queue = (struct queue){
		.wide = wide,
		.size_log2 = size_log2,
		.sequence = queue->sequence, /* a late write of an older wait must not match */
	};
	queue->ring = page_alloc_contiguous(1u << size_log2, 1);
	if (!queue->ring)
		return unit_fail(unit, STATUS_NO_MEMORY, "no memory for an invalidation queue");

	unit_write64(unit, REG_IQT, 0);
	unit_write64(unit, REG_IQA,
		     phys_of(queue->ring).value | reg_put(IQA_DW, wide) |
			     reg_put(IQA_QS, size_log2));
	status = unit_set_queued_invalidation(unit, true);
	if (status != STATUS_OK) {
		page_free_contiguous(queue->ring, 1u << size_log2);
		queue->ring = NULL;
		return status;
	}
	queue->on = true;
	return STATUS_OK;
}

/*
 * Queued invalidation may go off only when head and tail agree and the last descriptor done was a
 * wait ("Queued Invalidation Interface"), so one is put in first.
 */
enum status queue_disable(struct unit *unit)
{
	struct queue *queue = &unit->queue;
	enum status status = STATUS_OK;

	if (!queue->on)
		return STATUS_OK;
	if (unit_read32(unit, REG_FSTS) & FSTS_QUEUE_ERRORS)
		status = queue_recover(unit);
	if (status == STATUS_OK)
		status = queue_wait(unit);
	if (status == STATUS_OK)
		status = unit_set_queued_invalidation(unit, false);
	if (status != STATUS_OK)
		return status; /* the unit may still read the ring: it stays allocated */
	unit_write64(unit, REG_IQT, 0);
	page_free_contiguous(queue->ring, 1u << queue->size_log2);
	queue->ring = NULL;
	queue->on = false;
	return STATUS_OK;
}

enum status queue_abandon(struct unit *unit)
{
	struct queue *queue = &unit->queue;
	enum status status = unit_set_queued_invalidation(unit, false);

	if (status != STATUS_OK)
		return status;
	unit_write32(unit, REG_FSTS, FSTS_QUEUE_ERRORS);
	unit_write64(unit, REG_IQT, 0);
	page_free_contiguous(queue->ring, 1u << queue->size_log2);
	queue->ring = NULL;
	queue->on = false;
	return STATUS_OK;
}

void queue_forget(struct unit *unit)
{
	struct queue *queue = &unit->queue;

	if (queue->on)
		page_free_contiguous(queue->ring, 1u << queue->size_log2);
	queue->ring = NULL;
	queue->on = false;
}

void queue_submit(struct unit *unit, const struct descriptor *descriptors, unsigned int count)
{
	struct queue *queue = &unit->queue;
	uint32_t step = queue_descriptor_bytes(queue);

	for (unsigned int i = 0; i < count; i++) {
		trace("unit %u descriptor %016llx %016llx", unit->index,
		      (unsigned long long)descriptors[i].q[0],
		      (unsigned long long)descriptors[i].q[1]);
		memcpy(queue->ring + queue->tail_bytes, &descriptors[i], step);
		queue->tail_bytes = (queue->tail_bytes + step) % queue_ring_bytes(queue);
	}
	cpu_fence();
	unit->descriptor_count += count;
	unit_write64(unit, REG_IQT, queue->tail_bytes);
}

struct descriptor queue_wait_descriptor(struct unit *unit, uint32_t data)
{
	struct descriptor wait = { { INV_WAIT } };

	field_set(wait.q, INV_WAIT_SW, 1);
	field_set(wait.q, INV_WAIT_DATA, data);
	field_set_address(wait.q, INV_WAIT_ADDR, phys_of(&unit->queue.status).value);
	return wait;
}

static enum status report_queue_error(struct unit *unit, uint32_t fsts)
{
	uint64_t iqercd = unit_read64(unit, REG_IQERCD);

	return unit_fail(
		unit, STATUS_REFUSED,
		"the invalidation queue stopped: FSTS %08x, IQERCD %016llx, IQH %llx, IQT %llx",
		fsts, (unsigned long long)iqercd, (unsigned long long)unit_read64(unit, REG_IQH),
		(unsigned long long)unit_read64(unit, REG_IQT));
}

static enum status wait_for_status(struct unit *unit, uint32_t data)
{
	struct deadline deadline = deadline_after_us(UNIT_DEADLINE_US);

	for (unsigned int polls = 1; unit->queue.status != data; polls++) {
		uint32_t fsts;

		if (polls % POLLS_PER_FSTS_READ)
			continue;
		fsts = unit_read32(unit, REG_FSTS);
		if (fsts & FSTS_QUEUE_ERRORS)
			return report_queue_error(unit, fsts);
		if (deadline_passed(&deadline))
			return unit_fail(unit, STATUS_TIMEOUT,
					 "no status write by a wait descriptor after %u us: IQH "
					 "%llx, IQT %llx",
					 UNIT_DEADLINE_US,
					 (unsigned long long)unit_read64(unit, REG_IQH),
					 (unsigned long long)unit_read64(unit, REG_IQT));
	}
	return STATUS_OK;
}

enum status queue_wait(struct unit *unit)
{
	struct descriptor wait = queue_wait_descriptor(unit, ++unit->queue.sequence);

	queue_submit(unit, &wait, 1);
	return wait_for_status(unit, unit->queue.sequence);
}

static enum status run(struct unit *unit, struct descriptor descriptor, bool drains)
{
	struct descriptor both[2] = { descriptor };

	both[1] = queue_wait_descriptor(unit, ++unit->queue.sequence);
	field_set(both[1].q, INV_WAIT_PD, drains);
	queue_submit(unit, both, 2);
	return wait_for_status(unit, unit->queue.sequence);
}

enum status queue_run(struct unit *unit, struct descriptor descriptor)
{
	return run(unit, descriptor, false);
}

enum status queue_run_in_turn(struct unit *unit, const struct descriptor *descriptors,
			      unsigned int count)
{
	struct descriptor all[2 * QUEUE_TURN_MAX];

	if (count > QUEUE_TURN_MAX)
		panic("%u descriptors at once", count);
	for (unsigned int i = 0; i < count; i++) {
		all[2 * i] = descriptors[i];
		all[2 * i + 1] = queue_wait_descriptor(unit, ++unit->queue.sequence);
		field_set(all[2 * i + 1].q, INV_WAIT_FN, i + 1 < count);
	}
	queue_submit(unit, all, 2 * count);
	return wait_for_status(unit, unit->queue.sequence);
}

enum status queue_run_and_drain(struct unit *unit, struct descriptor descriptor)
{
	return run(unit, descriptor, true);
}

/*
 * The head stands at the bad descriptor and is not advanced. It becomes a wait that reports a
 * number nobody waits for. The tail is written before the error is cleared, since a bad tail would
 * be found bad again at once, and after it, since some units only look at the queue when it moves.
 */
enum status queue_recover(struct unit *unit)
{
	struct queue *queue = &unit->queue;
	uint32_t step = queue_descriptor_bytes(queue);
	uint64_t head = unit_read64(unit, REG_IQH) & FIELD_MASK(IQH_QH);
	struct descriptor harmless = queue_wait_descriptor(unit, 0);

	if (head + step > queue_ring_bytes(queue) || head % step)
		return unit_fail(unit, STATUS_REFUSED, "IQH %llx lies outside of the queue",
				 (unsigned long long)head);
	if (head != queue->tail_bytes)
		memcpy(queue->ring + head, &harmless, step);
	cpu_fence();
	unit_write64(unit, REG_IQT, queue->tail_bytes);
	unit_write32(unit, REG_FSTS, FSTS_QUEUE_ERRORS);
	unit_write64(unit, REG_IQT, queue->tail_bytes);
	return unit_wait32(unit, "FSTS", REG_FSTS, FSTS_QUEUE_ERRORS, 0);
}
