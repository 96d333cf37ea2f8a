/* SPDX-License-Identifier: MIT */
#include "iommu/unit/page_request.h"

#include "arch/page.h"
#include "arch/string.h"
#include "iommu/unit/device_tlb.h"
#include "iommu/unit/invalidate.h"
#include "iommu/unit/trace.h"
#include "iommu/unit/unit.h"

enum { REQUEST_BYTES = 32 };

static uint32_t ring_bytes(const struct page_queue *queue)
{
	return PAGE_BYTES << queue->size_log2;
}

uint32_t page_queue_capacity(const struct page_queue *queue)
{
	return ring_bytes(queue) / REQUEST_BYTES - 1;
}

enum status page_queue_enable(struct unit *unit, unsigned int size_log2)
{
	struct page_queue *queue = &unit->page_queue;

	if (!caps_has(&unit->caps, CAPABILITY_PRS))
		return unit_fail(unit, STATUS_UNSUPPORTED, "unit %u lacks ECAP.PRS", unit->index);
	*queue = (struct page_queue){ .size_log2 = size_log2 };
	queue->ring = page_alloc_contiguous(1u << size_log2, 1);
	if (!queue->ring)
		return unit_fail(unit, STATUS_NO_MEMORY, "no memory for a page request queue");
	unit_write64(unit, REG_PQH, 0);
	unit_write64(unit, REG_PQT, 0);
	unit_write64(unit, REG_PQA, phys_of(queue->ring).value | reg_put(PQA_PQS, size_log2));
	queue->on = true;
	return STATUS_OK;
}

void page_queue_disable(struct unit *unit)
{
	struct page_queue *queue = &unit->page_queue;

	if (!queue->on)
		return;
	unit_write64(unit, REG_PQH, 0);
	unit_write64(unit, REG_PQT, 0);
	unit_write64(unit, REG_PQA, 0);
	page_free_contiguous(queue->ring, 1u << queue->size_log2);
	*queue = (struct page_queue){ 0 };
}

static struct page_request decode(const uint64_t *q)
{
	return (struct page_request){
		.type = (uint8_t)field_get(q, PRQ_TYPE),
		.rid = (uint16_t)field_get(q, PRQ_RID),
		.has_pasid = field_get(q, PRQ_PP),
		.pasid = (uint32_t)field_get(q, PRQ_PASID),
		.execute = field_get(q, PRQ_EXR),
		.privileged = field_get(q, PRQ_PMR),
		.read = field_get(q, PRQ_RDR),
		.write = field_get(q, PRQ_WRR),
		.is_last = field_get(q, PRQ_LPIG),
		.group = (uint16_t)field_get(q, PRQ_PRGI),
		.address = field_get_address(q, PRQ_ADDR),
	};
}

/* Reading PQT makes every accepted request visible in memory ("Recoverable Fault Event"). */
static uint32_t read_tail(struct unit *unit)
{
	return (uint32_t)(unit_read64(unit, REG_PQT) & FIELD_MASK(PQT_PQT));
}

bool page_queue_take(struct unit *unit, struct page_request *request)
{
	struct page_queue *queue = &unit->page_queue;
	uint64_t q[REQUEST_BYTES / sizeof(uint64_t)];

	if (read_tail(unit) == queue->head_bytes)
		return false;
	memcpy(q, queue->ring + queue->head_bytes, sizeof(q));
	*request = decode(q);
	trace("unit %u page request rid %04x address %llx", unit->index, request->rid,
	      (unsigned long long)request->address);
	queue->head_bytes = (queue->head_bytes + REQUEST_BYTES) % ring_bytes(queue);
	unit_write64(unit, REG_PQH, queue->head_bytes);
	return true;
}

void page_queue_discard(struct unit *unit)
{
	unit->page_queue.head_bytes = read_tail(unit);
	unit_write64(unit, REG_PQH, unit->page_queue.head_bytes);
}

/*
 * The fence keeps answers ahead of the invalidation. The completion of that comes behind whatever the
 * device had sent, and PD keeps the wait behind its way into memory.
 */
enum status page_queue_drain(struct unit *unit, uint16_t sid)
{
	struct descriptor fence = { { INV_WAIT } };
	enum status status;

	if (!caps_has(&unit->caps, CAPABILITY_PDS))
		return unit_fail(unit, STATUS_UNSUPPORTED, "unit %u lacks ECAP.PDS", unit->index);
	field_set(fence.q, INV_WAIT_FN, 1);
	queue_submit(unit, &fence, 1);
	status = invalidate_whole_iotlb(unit);
	if (status == STATUS_OK)
		status = queue_run_and_drain(unit,
					     descriptor_device_tlb(unit, device_tlb_whole(sid)));
	if (status == STATUS_OK && reg_get(unit_read32(unit, REG_PRS), PRS_PRO))
		return unit_fail(unit, STATUS_REFUSED, "the page request queue of unit %u ran over",
				 unit->index);
	return status;
}

struct descriptor descriptor_page_response(struct page_response what)
{
	struct descriptor d = { { INV_PGRESP } };

	field_set(d.q, INV_PGRESP_PP, what.has_pasid);
	field_set(d.q, INV_PGRESP_RC, what.code);
	field_set(d.q, INV_PGRESP_RID, what.rid);
	field_set(d.q, INV_PGRESP_PASID, what.pasid);
	field_set(d.q, INV_PGRESP_PRGI, what.group);
	return d;
}
