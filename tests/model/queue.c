/* SPDX-License-Identifier: MIT */
/*
 * "Queued Invalidation Interface": fetching descriptors, carrying them out in order, wait
 * descriptors, and "Hardware Handling of Queued Invalidation Interface Errors".
 */
#include "tests/model/internal.h"

static uint64_t queue_address(const struct model_unit *unit)
{
	return mu_fixed_get64(unit, REG_IQA);
}

static bool is_wide(const struct model_unit *unit)
{
	return reg_get(queue_address(unit), IQA_DW) != 0;
}

static uint32_t queue_bytes(const struct model_unit *unit)
{
	return (uint32_t)MU_PAGE_BYTES << reg_get(queue_address(unit), IQA_QS);
}

static uint32_t descriptor_bytes(const struct model_unit *unit)
{
	return (uint32_t)sizeof(struct descriptor) / (is_wide(unit) ? 1 : 2);
}

/* "Invalidation Queue Error Record Register": one of its three fields. */
static void record_error(struct model_unit *unit, struct field field, uint64_t value)
{
	uint64_t record = mu_fixed_get64(unit, REG_IQERCD);

	bits_write(&record, field, value);
	mu_fixed_set64(unit, REG_IQERCD, record);
}

static void queue_error(struct model_unit *unit, enum iqei info)
{
	if (defect(unit, QUEUE_ERROR_INFO_LOST))
		info = IQEI_NONE;
	record_error(unit, FIELD(IQERCD_IQEI), info);
	mu_fault_status_set(unit, mask32(FSTS_IQE));
}

/* ---- what may be in a descriptor ---- */

/* The fields each type has; every other bit is reserved. Words 2 and 3 always are. */
struct layout {
	uint64_t low;
	uint64_t high;
};

#define TYPE_MASK (FIELD_MASK(INV_TYPE_LOW) | FIELD_MASK(INV_TYPE_HIGH))

static struct layout layout_of(const struct model_unit *unit, unsigned int type)
{
	bool throttles = ecap(unit, ECAP_DIT) != 0;

	switch (type) {
	case INV_CC:
		return (struct layout){ FIELD_MASK(INV_CC_G) | FIELD_MASK(INV_CC_DID) |
						FIELD_MASK(INV_CC_SID) | FIELD_MASK(INV_CC_FM),
					0 };
	case INV_IOTLB:
		return (struct layout){ FIELD_MASK(INV_IOTLB_G) | FIELD_MASK(INV_IOTLB_DW) |
						FIELD_MASK(INV_IOTLB_DR) |
						FIELD_MASK(INV_IOTLB_DID),
					FIELD_MASK(INV_IOTLB_AM) | FIELD_MASK(INV_IOTLB_IH) |
						FIELD_MASK(INV_IOTLB_ADDR) };
	case INV_DEVTLB:
		return (struct layout){ FIELD_MASK(INV_DEVTLB_MIP) | FIELD_MASK(INV_DEVTLB_SID) |
						mask_if(throttles, INV_DEVTLB_PFSID_LOW) |
						mask_if(throttles, INV_DEVTLB_PFSID_HIGH),
					FIELD_MASK(INV_DEVTLB_S) | FIELD_MASK(INV_DEVTLB_ADDR) };
	case INV_IEC:
		return (struct layout){
			FIELD_MASK(INV_IEC_G) | FIELD_MASK(INV_IEC_IM) | FIELD_MASK(INV_IEC_IIDX), 0
		};
	case INV_WAIT:
		return (struct layout){ FIELD_MASK(INV_WAIT_IF) | FIELD_MASK(INV_WAIT_SW) |
						FIELD_MASK(INV_WAIT_FN) |
						mask_if(ecap(unit, ECAP_PDS), INV_WAIT_PD) |
						FIELD_MASK(INV_WAIT_DATA),
					FIELD_MASK(INV_WAIT_ADDR) };
	case INV_PIOTLB:
		return (struct layout){ FIELD_MASK(INV_PIOTLB_G) | FIELD_MASK(INV_PIOTLB_DID) |
						FIELD_MASK(INV_PIOTLB_PASID),
					FIELD_MASK(INV_PIOTLB_AM) | FIELD_MASK(INV_PIOTLB_IH) |
						FIELD_MASK(INV_PIOTLB_ADDR) };
	case INV_PC:
		return (struct layout){
			FIELD_MASK(INV_PC_G) | FIELD_MASK(INV_PC_DID) | FIELD_MASK(INV_PC_PASID), 0
		};
	case INV_PDEVTLB:
		return (struct layout){ FIELD_MASK(INV_PDEVTLB_MIP) | FIELD_MASK(INV_PDEVTLB_SID) |
						FIELD_MASK(INV_PDEVTLB_PASID) |
						mask_if(throttles, INV_PDEVTLB_PFSID_LOW) |
						mask_if(throttles, INV_PDEVTLB_PFSID_HIGH),
					FIELD_MASK(INV_PDEVTLB_GI) | FIELD_MASK(INV_PDEVTLB_S) |
						FIELD_MASK(INV_PDEVTLB_ADDR) };
	default: /* INV_PGRESP */
		return (struct layout){
			FIELD_MASK(INV_PGRESP_PP) | FIELD_MASK(INV_PGRESP_RC) |
				FIELD_MASK(INV_PGRESP_RID) | FIELD_MASK(INV_PGRESP_PASID),
			FIELD_MASK(INV_PGRESP_PRGI) |
				mask_if(!defect(unit, RESPONSE_BIT_66_RESERVED), INV_PGRESP_IGN)
		};
	}
}

/* "List of Valid Descriptor Types for Each Mode" (table), and the capabilities behind types. */
static bool is_valid_type(const struct model_unit *unit, unsigned int type)
{
	if (type < INV_CC || type > INV_PGRESP)
		return false;
	if (type > INV_WAIT && (unit->ttm == TTM_LEGACY || !is_wide(unit)))
		return false;
	if ((type == INV_DEVTLB || type == INV_PDEVTLB) && !ecap(unit, ECAP_DT))
		return false;
	return type != INV_PGRESP || ecap(unit, ECAP_PRS);
}

/*
 * Reserved granularities, and masks that the unit does not support. The book calls the former an
 * invalid descriptor and does not say what a queue makes of AM > MAMV or IM > MHMV. The register
 * interface refuses such an AM (IAIG = 0), and a descriptor has no other way to be refused; software
 * that relies on more than the capability says must not get away with it.
 */
static bool is_valid_granularity(const struct model_unit *unit, const uint64_t *q,
				 unsigned int type)
{
	switch (type) {
	case INV_CC:
		return field_get(q, INV_CC_G) != GRANULARITY_NONE;
	case INV_IOTLB:
		if (field_get(q, INV_IOTLB_G) != GRANULARITY_SPECIFIC)
			return field_get(q, INV_IOTLB_G) != GRANULARITY_NONE;
		return cap(unit, CAP_PSI) && field_get(q, INV_IOTLB_AM) <= cap(unit, CAP_MAMV);
	case INV_IEC:
		return !field_get(q, INV_IEC_G) ||
		       field_get(q, INV_IEC_IM) <= ecap(unit, ECAP_MHMV);
	case INV_PIOTLB:
		return field_get(q, INV_PIOTLB_G) >= PIOTLB_PASID;
	case INV_PC:
		return field_get(q, INV_PC_G) != PC_RESERVED;
	default:
		return true;
	}
}

/* An invalid descriptor is IQEI_TYPE only if its type is to blame: the book leaves the choice. */
static enum iqei descriptor_error(const struct model_unit *unit, const uint64_t *q,
				  unsigned int type)
{
	struct layout layout;

	if (!is_valid_type(unit, type))
		return IQEI_TYPE;
	layout = layout_of(unit, type);
	if ((q[0] & ~(layout.low | TYPE_MASK)) | (q[1] & ~layout.high) | q[2] | q[3])
		return defect(unit, QUEUE_RESERVED_UNCHECKED) ? IQEI_NONE : IQEI_RESERVED;
	if (!is_valid_granularity(unit, q, type))
		return IQEI_RESERVED;
	return IQEI_NONE;
}

/* ---- carrying out ---- */

static struct mu_page_range range_of(const uint64_t *q)
{
	/* The two kinds of IOTLB descriptor have these fields at the same places. */
	return (struct mu_page_range){
		.did = (uint16_t)field_get(q, INV_PIOTLB_DID),
		.pasid = (uint32_t)field_get(q, INV_PIOTLB_PASID),
		.address = field_get_address(q, INV_PIOTLB_ADDR),
		.address_mask = (unsigned int)field_get(q, INV_PIOTLB_AM),
		.leaf_only = field_get(q, INV_PIOTLB_IH) != 0,
	};
}

static unsigned int descriptor_type_of(const uint64_t *q)
{
	return (unsigned int)(field_get(q, INV_TYPE_HIGH) << 4 | field_get(q, INV_TYPE_LOW));
}

static void invalidate_now(struct model_unit *unit, const uint64_t *q)
{
	struct mu_page_range range = range_of(q);

	switch (descriptor_type_of(q)) {
	case INV_CC:
		mu_invalidate_contexts(unit, (unsigned int)field_get(q, INV_CC_G),
				       (uint16_t)field_get(q, INV_CC_DID),
				       (uint16_t)field_get(q, INV_CC_SID),
				       (unsigned int)field_get(q, INV_CC_FM));
		break;
	case INV_PC:
		mu_invalidate_pasids(unit, (unsigned int)field_get(q, INV_PC_G),
				     (uint16_t)field_get(q, INV_PC_DID),
				     (uint32_t)field_get(q, INV_PC_PASID));
		break;
	case INV_IOTLB:
		mu_invalidate_iotlb(unit, (unsigned int)field_get(q, INV_IOTLB_G), &range);
		break;
	case INV_PIOTLB:
		mu_invalidate_pasid_iotlb(unit, (unsigned int)field_get(q, INV_PIOTLB_G), &range);
		break;
	default: /* INV_IEC */
		mu_invalidate_interrupts(unit, !field_get(q, INV_IEC_G),
					 (uint16_t)field_get(q, INV_IEC_IIDX),
					 (unsigned int)field_get(q, INV_IEC_IM));
		break;
	}
}

static void run_deferred(struct model_unit *unit)
{
	for (uint32_t i = 0; i < unit->deferred_count; i++)
		invalidate_now(unit, unit->deferred[i]);
	unit->deferred_count = 0;
}

/* The book lets hardware take its time: only a wait descriptor proves an invalidation done. */
static void submit_invalidation(struct model_unit *unit, const uint64_t *q)
{
	uint32_t room = sizeof(unit->deferred) / sizeof(unit->deferred[0]);

	if (!unit->config.defers_invalidations && !defect(unit, WAIT_OVERTAKES) &&
	    !defect(unit, DEVTLB_OVERTAKES)) {
		invalidate_now(unit, q);
		return;
	}
	if (unit->deferred_count == room)
		run_deferred(unit);
	unit->deferred[unit->deferred_count][0] = q[0];
	unit->deferred[unit->deferred_count][1] = q[1];
	unit->deferred_count++;
}

/* "Invalid Device-TLB Invalidation Response": ICE; the queue goes on. */
void model_stray_completion(struct model_unit *unit, uint16_t sid)
{
	if (!ecap(unit, ECAP_DT))
		return;
	if (!(mu_fixed_get(unit, REG_FSTS) & FIELD_MASK(FSTS_ICE)))
		record_error(unit, FIELD(IQERCD_ICESID), sid);
	mu_fault_status_set(unit, mask32(FSTS_ICE));
}

/* ---- wait descriptors ---- */

/* "Hardware Generation of Invalidation Completion Events" */
static void completion_event(struct model_unit *unit)
{
	bool was_set = mu_fixed_get(unit, REG_ICS) & FIELD_MASK(ICS_IWC);

	if (defect(unit, WAIT_FLAG_LOST))
		return;
	mu_fixed_set(unit, REG_ICS, mask32(ICS_IWC));
	if (!was_set)
		mu_event_raise(unit, REG_IECTL);
}

static void status_write(struct model_unit *unit, const uint64_t *q)
{
	/* Bits above HAW are ignored. */
	uint64_t address = field_get_address(q, INV_WAIT_ADDR) & ~beyond_host_width(unit);
	uint32_t data[2] = { (uint32_t)field_get(q, INV_WAIT_DATA), 0 };
	unsigned int bytes = defect(unit, WAIT_WRITES_8_BYTES) ? 8 : 4;

	if (defect(unit, WAIT_ADDRESS_WHOLE))
		address = field_get_address(q, INV_WAIT_ADDR);
	if (defect(unit, WAIT_WRITE_LOST))
		return;
	if (defect(unit, WAIT_DATA_WRONG))
		data[0] = ~data[0];
	if (!unit->host.write(unit->host.context, address, data, bytes))
		mu_complain(unit, "wait descriptor: status address is not memory");
}

/* "Device-TLB Invalidation Response Time-out": pending waits are aborted, fetching stops. */
static bool is_aborted(struct model_unit *unit)
{
	if (!unit->devtlb_timed_out)
		return false;
	unit->devtlb_timed_out = false;
	if (defect(unit, DEVTLB_TIMEOUT_LOST))
		return false;
	record_error(unit, FIELD(IQERCD_ITESID), unit->devtlb_timeout_sid);
	mu_fault_status_set(unit, mask32(FSTS_ITE));
	return true;
}

static void wait(struct model_unit *unit, const uint64_t *q)
{
	if (is_aborted(unit))
		return;
	if (field_get(q, INV_WAIT_PD) && !defect(unit, PAGE_DRAIN_IGNORED))
		mu_page_requests_deliver(unit);
	if (field_get(q, INV_WAIT_SW))
		status_write(unit, q);
	if (field_get(q, INV_WAIT_IF))
		completion_event(unit);
}

/* "Queued Invalidation Ordering Considerations": everything ahead is done before these types. */
static void execute_descriptor(struct model_unit *unit, const uint64_t *q)
{
	unsigned int type = descriptor_type_of(q);

	mu_watch_descriptor(unit, type);
	switch (type) {
	case INV_DEVTLB:
	case INV_PDEVTLB:
		if (!defect(unit, DEVTLB_OVERTAKES))
			run_deferred(unit);
		mu_ask_device(unit, q, type);
		break;
	case INV_PGRESP:
		mu_send_page_response(unit, q);
		break;
	case INV_WAIT:
		if (!defect(unit, WAIT_OVERTAKES))
			run_deferred(unit);
		wait(unit, q);
		break;
	default:
		submit_invalidation(unit, q);
		break;
	}
}

/* ---- fetching ---- */

/* What is wrong with the queue itself ("Invalidation Queue Error Record Register": IQEI). */
static enum iqei queue_setup_error(const struct model_unit *unit)
{
	uint32_t tail = mu_fixed_get(unit, REG_IQT);
	bool needs_wide = unit->ttm == TTM_SCALABLE || unit->ttm == TTM_ABORT;

	if (unit->ttm == TTM_RESERVED || (unit->ttm == TTM_SCALABLE && !ecap(unit, ECAP_SMTS)) ||
	    (unit->ttm == TTM_ABORT && !ecap(unit, ECAP_ADMS)))
		return IQEI_TTM;
	if (needs_wide && !is_wide(unit) && !defect(unit, QUEUE_WIDTH_UNCHECKED))
		return IQEI_WIDTH;
	if (is_wide(unit) && !ecap(unit, ECAP_SMTS) && !ecap(unit, ECAP_ADMS))
		return IQEI_WIDTH;
	if (tail % descriptor_bytes(unit) != 0)
		return IQEI_TAIL_ALIGNMENT;
	if (tail >= queue_bytes(unit) && !defect(unit, QUEUE_TAIL_UNCHECKED))
		return IQEI_TAIL;
	return IQEI_NONE;
}

static bool is_stopped(const struct model_unit *unit)
{
	uint32_t errors =
		mask32(FSTS_IQE) | (defect(unit, DEVTLB_TIMEOUT_GOES_ON) ? 0 : mask32(FSTS_ITE));

	if (defect(unit, QUEUE_RUNS_ON))
		errors &= ~mask32(FSTS_IQE);
	return !(unit->gsts & FIELD_MASK(GSTS_QIES)) || mu_fixed_get(unit, REG_FSTS) & errors;
}

static void advance(struct model_unit *unit)
{
	uint32_t head = mu_fixed_get(unit, REG_IQH) + descriptor_bytes(unit);

	if (head >= queue_bytes(unit))
		head = defect(unit, QUEUE_WRAP_LOST) ? head - descriptor_bytes(unit) : 0;
	mu_fixed_set(unit, REG_IQH, head);
}

/* One descriptor; false if the queue stops here. */
static bool run_descriptor(struct model_unit *unit)
{
	uint64_t q[4] = { 0 };
	uint32_t head = mu_fixed_get(unit, REG_IQH);
	uint64_t address = (queue_address(unit) & FIELD_MASK(IQA_IQA)) + head;
	enum iqei error = queue_setup_error(unit);

	if (defect(unit, QUEUE_STRIDE_16) && is_wide(unit))
		address -= head / 2;
	if (error == IQEI_NONE &&
	    !unit->host.read(unit->host.context, address, q, descriptor_bytes(unit)))
		error = IQEI_FETCH;
	if (error == IQEI_NONE)
		error = descriptor_error(unit, q, descriptor_type_of(q));
	if (error == IQEI_TYPE && defect(unit, QUEUE_TYPE_UNCHECKED)) {
		advance(unit);
		return true;
	}
	if (error != IQEI_NONE) {
		if (defect(unit, QUEUE_ERROR_SKIPS))
			advance(unit);
		queue_error(unit, error);
		return false;
	}
	advance(unit);
	execute_descriptor(unit, q);
	return mu_fixed_get(unit, REG_IQH) != head;
}

/* Fetches as long as the queue is enabled, not empty, and free of errors. */
void mu_queue_run(struct model_unit *unit)
{
	uint32_t size = queue_bytes(unit);

	if (unit->queue_is_running)
		return;
	unit->queue_is_running = true;
	if (defect(unit, WAIT_OVERTAKES))
		run_deferred(unit);
	while (!is_stopped(unit) &&
	       mu_fixed_get(unit, REG_IQH) != mu_fixed_get(unit, REG_IQT) % (2 * size))
		if (!run_descriptor(unit))
			break;
	/* Nobody waits, but the time-out is detected all the same. */
	if (!is_stopped(unit))
		is_aborted(unit);
	unit->queue_is_running = false;
}

void mu_queue_enable(struct model_unit *unit, bool enable)
{
	uint32_t qies = mask32(GSTS_QIES);

	if (enable) {
		unit->gsts |= qies;
		mu_queue_run(unit);
		return;
	}
	mu_watch_queue_disable(unit);
	unit->gsts &= ~qies;
	if (!defect(unit, QUEUE_HEAD_KEPT))
		mu_fixed_set(unit, REG_IQH, 0);
}
