/* SPDX-License-Identifier: MIT */
/*
 * "Recoverable Fault Reporting": page requests, their queue and their event.
 */
#include "tests/model/internal.h"

enum { PAGE_REQUEST_BYTES = 32 };

/* "Page Request Error Conditions" (table): only the last request of a group gets a response. */
static void respond(struct model_unit *unit, const struct mu_walk *walk, uint8_t code)
{
	const struct model_request *request = walk->request;
	struct model_page_response response = {
		.sid = request->sid,
		.has_pasid = request->has_pasid,
		.pasid = request->pasid,
		.group = request->group,
		.code = code,
	};

	walk->answer->completion = MODEL_DROPPED;
	if (!request->last_in_group && !defect(unit, PAGE_ANSWER_IN_GROUP))
		return;
	walk->answer->completion = MODEL_ANSWERED;
	if (defect(unit, PAGE_ANSWER_WITHOUT_PASID))
		response.has_pasid = false;
	if (unit->host.page_response != NULL && !defect(unit, PAGE_ANSWER_LOST))
		unit->host.page_response(unit->host.context, &response);
}

/* "Recoverable Fault Event": a new condition raises the event only if none was waiting. */
static void set_status(struct model_unit *unit, uint32_t bit)
{
	uint32_t before = mu_fixed_get(unit, REG_PRS);

	mu_fixed_set(unit, REG_PRS, before | bit);
	if (before == 0 || defect(unit, PAGE_EVENT_REPEATED))
		mu_event_raise(unit, REG_PECTL);
}

/* "Page Request Descriptor" */
static void fill_descriptor(const struct model_unit *unit, uint64_t *q,
			    const struct model_request *request)
{
	bool swapped = defect(unit, PAGE_REQUEST_ACCESS_SWAPPED);

	field_set(q, PRQ_TYPE, PRQ_PAGE_REQUEST);
	field_set(q, PRQ_RID, request->sid);
	field_set(q, PRQ_RDR, swapped ? request->wants_write : request->wants_read);
	field_set(q, PRQ_WRR, swapped ? request->wants_read : request->wants_write);
	field_set(q, PRQ_LPIG, request->last_in_group && !defect(unit, PAGE_REQUEST_LAST_LOST));
	field_set(q, PRQ_PRGI, request->group & field_max(FIELD(PRQ_PRGI)));
	field_set_address(q, PRQ_ADDR, page_of(request->address));
	if (defect(unit, PAGE_REQUEST_RID_BUS_LOST))
		field_set(q, PRQ_RID, sid_devfn(request->sid));
	if (defect(unit, PAGE_REQUEST_GROUP_8_BITS))
		field_set(q, PRQ_PRGI, request->group % 256);
	if (defect(unit, PAGE_REQUEST_ADDRESS_32_BITS))
		field_set_address(q, PRQ_ADDR, page_of((uint32_t)request->address));
}

/* Of a request with PASID alone; without, the book leaves PASID and EXR undefined, and PMR is 0. */
static void fill_pasid(const struct model_unit *unit, uint64_t *q,
		       const struct model_request *request)
{
	uint32_t pasid = request->pasid % MODEL_PASID_LIMIT;

	if (!request->has_pasid || defect(unit, PAGE_REQUEST_PASID_LOST))
		return;
	if (defect(unit, PAGE_REQUEST_PASID_16_BITS))
		pasid = (uint16_t)pasid;
	field_set(q, PRQ_PP, 1);
	field_set(q, PRQ_PASID, pasid);
	field_set(q, PRQ_EXR, request->execute && !defect(unit, PAGE_REQUEST_EXECUTE_LOST));
	field_set(q, PRQ_PMR, request->privileged && !defect(unit, PAGE_REQUEST_PRIVILEGE_LOST));
}

/* ---- the queue ---- */

static uint64_t queue_base(const struct model_unit *unit)
{
	uint64_t base = mu_fixed_get64(unit, REG_PQA) & FIELD_MASK(PQA_PQA);

	return defect(unit, PAGE_QUEUE_ADDRESS_32_BITS) ? (uint32_t)base : base;
}

static uint32_t queue_bytes(const struct model_unit *unit)
{
	uint64_t size = reg_get(mu_fixed_get64(unit, REG_PQA), PQA_PQS);

	return (uint32_t)MU_PAGE_BYTES << (defect(unit, PAGE_QUEUE_SIZE_IGNORED) ? 0 : size);
}

static uint32_t slot_after(const struct model_unit *unit, uint32_t slot)
{
	uint32_t end = queue_bytes(unit);

	if (defect(unit, PAGE_QUEUE_WRAPS_EARLY))
		end -= PAGE_REQUEST_BYTES;
	return (slot + PAGE_REQUEST_BYTES) % end;
}

/* "Hardware interprets the PRQ as full when the Tail Register is one behind the Head Register" */
static bool is_full(const struct model_unit *unit, uint32_t tail)
{
	uint32_t head = mu_fixed_get(unit, REG_PQH) % queue_bytes(unit);
	uint32_t next = slot_after(unit, tail);

	if (defect(unit, PAGE_QUEUE_FULL_EARLY) && slot_after(unit, next) == head)
		return true;
	return next == head && !defect(unit, PAGE_QUEUE_FULL_UNSEEN);
}

static void overflow(struct model_unit *unit, const struct mu_walk *walk)
{
	respond(unit, walk,
		defect(unit, PAGE_OVERFLOW_REFUSED) ? RESPONSE_INVALID_REQUEST : RESPONSE_SUCCESS);
}

/* "Handling of Page Requests": a descriptor at the tail, which moves on. */
static void enqueue(struct model_unit *unit, const struct mu_walk *walk)
{
	uint32_t tail = mu_fixed_get(unit, REG_PQT) % queue_bytes(unit);
	uint64_t q[PAGE_REQUEST_BYTES / sizeof(uint64_t)] = { 0 };

	if (is_full(unit, tail)) {
		if (!defect(unit, PAGE_OVERFLOW_LOST))
			set_status(unit, mask32(PRS_PRO));
		overflow(unit, walk);
		return;
	}
	fill_descriptor(unit, q, walk->request);
	fill_pasid(unit, q, walk->request);
	if (defect(unit, PAGE_EVENT_EARLY))
		set_status(unit, mask32(PRS_PPR));
	if (!unit->host.write(unit->host.context, queue_base(unit) + tail, q, sizeof(q)))
		mu_complain(unit, "page request queue is not in memory");
	mu_fixed_set(unit, REG_PQT, slot_after(unit, tail));
	set_status(unit, mask32(PRS_PPR));
	walk->answer->completion = MODEL_QUEUED;
	walk->answer->ok = true;
}

/* The tables say which domain and translation type the implicit invalidation concerns. */
static uint8_t locate(struct model_unit *unit, struct mu_walk *walk, struct model_cached *pasid)
{
	uint8_t reason = mu_root_register_fault(unit, walk->request);

	if (reason == 0)
		reason = mu_scalable_context(unit, walk);
	if (reason == 0)
		reason = mu_scalable_pasid(unit, walk, pasid);
	return reason;
}

static void accept_request(struct model_unit *unit, const struct model_request *request,
			   struct model_answer *answer)
{
	struct mu_walk walk = { .request = request, .answer = answer, .pasid = request->pasid };
	struct model_cached pasid;
	struct mu_page_range range;

	answer->reason = locate(unit, &walk, &pasid);
	if (answer->reason != 0) {
		mu_report_fault(unit, &walk, answer->reason);
		respond(unit, &walk,
			defect(unit, PAGE_FAULT_AS_SUCCESS) ? RESPONSE_SUCCESS
							    : RESPONSE_INVALID_REQUEST);
		return;
	}
	if (mu_fixed_get(unit, REG_PRS) & FIELD_MASK(PRS_PRO) &&
	    !defect(unit, PAGE_OVERFLOW_IGNORED)) {
		overflow(unit, &walk);
		return;
	}
	range = (struct mu_page_range){
		.did = pasid.pasid.did,
		.pasid = walk.pasid,
		.address = page_of(request->address),
	};
	mu_invalidate_for_page_request(unit, (unsigned int)field_get(pasid.pasid.q, PASID_PGTT),
				       &range);
	enqueue(unit, &walk);
}

/* ---- received, accepted, delivered ---- */

/*
 * "Page Request Ordering and Draining": what was received is accepted in its own time. A lazy unit waits
 * until software looks, or demands it with PD.
 */
void mu_page_requests_deliver(struct model_unit *unit)
{
	struct model_answer answer;

	for (uint32_t i = 0; i < unit->page_count; i++)
		accept_request(unit, &unit->pages[i], &answer);
	unit->page_count = 0;
}

static bool is_lazy(const struct model_unit *unit)
{
	return unit->config.defers_invalidations || defect(unit, PAGE_DRAIN_IGNORED);
}

void mu_page_request(struct model_unit *unit, const struct model_request *request,
		     struct model_answer *answer)
{
	/* Nobody to take it. */
	if (!(unit->gsts & FIELD_MASK(GSTS_TES)) || !ecap(unit, ECAP_PRS))
		return;
	if (!is_lazy(unit)) {
		accept_request(unit, request, answer);
		return;
	}
	if (unit->page_count == MODEL_PAGES_WAITING)
		mu_page_requests_deliver(unit);
	unit->pages[unit->page_count++] = *request;
	answer->completion = MODEL_RECEIVED;
	answer->ok = true;
}
