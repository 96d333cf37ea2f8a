/* SPDX-License-Identifier: MIT */
/*
 * "Recoverable Fault Reporting": page requests, their queue and their event.
 */
#include "tests/model/internal.h"

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
	if (!request->last_in_group)
		return;
	walk->answer->completion = MODEL_ANSWERED;
	if (unit->host.page_response != NULL)
		unit->host.page_response(unit->host.context, &response);
}

/* "Recoverable Fault Event": a new condition raises the event only if none was waiting. */
static void set_status(struct model_unit *unit, uint32_t bit)
{
	uint32_t before = mu_fixed_get(unit, REG_PRS);

	mu_fixed_set(unit, REG_PRS, before | bit);
	if (before == 0)
		mu_event_raise(unit, REG_PECTL);
}

static void fill_descriptor(uint64_t *q, const struct model_request *request)
{
	field_set(q, PRQ_TYPE, PRQ_PAGE_REQUEST);
	field_set(q, PRQ_PP, request->has_pasid);
	field_set(q, PRQ_RID, request->sid);
	field_set(q, PRQ_PASID, request->has_pasid ? request->pasid % MODEL_PASID_LIMIT : 0);
	field_set(q, PRQ_EXR, request->has_pasid && request->execute);
	field_set(q, PRQ_PMR, request->has_pasid && request->privileged);
	field_set(q, PRQ_RDR, request->wants_read);
	field_set(q, PRQ_WRR, request->wants_write);
	field_set(q, PRQ_LPIG, request->last_in_group);
	field_set(q, PRQ_PRGI, request->group & field_max(FIELD(PRQ_PRGI)));
	field_set_address(q, PRQ_ADDR, page_of(request->address));
}

/* "Handling of Page Requests": the queue is full when the tail is one behind the head. */
static void enqueue(struct model_unit *unit, const struct mu_walk *walk)
{
	uint64_t queue = mu_fixed_get64(unit, REG_PQA);
	uint32_t size = (uint32_t)MU_PAGE_BYTES << reg_get(queue, PQA_PQS);
	uint32_t tail = mu_fixed_get(unit, REG_PQT) % size;
	uint64_t q[4] = { 0 };
	uint32_t next = (tail + (uint32_t)sizeof(q)) % size;

	if (next == mu_fixed_get(unit, REG_PQH) % size) {
		set_status(unit, mask32(PRS_PRO));
		respond(unit, walk, RESPONSE_SUCCESS);
		return;
	}
	fill_descriptor(q, walk->request);
	if (!unit->host.write(unit->host.context, (queue & FIELD_MASK(PQA_PQA)) + tail, q,
			      sizeof(q)))
		mu_complain(unit, "page request queue is not in memory");
	mu_fixed_set(unit, REG_PQT, next);
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

void mu_page_request(struct model_unit *unit, const struct model_request *request,
		     struct model_answer *answer)
{
	struct mu_walk walk = { .request = request, .answer = answer, .pasid = request->pasid };
	struct model_cached pasid;
	struct mu_page_range range;

	/* Nobody to take it. */
	if (!(unit->gsts & FIELD_MASK(GSTS_TES)) || !ecap(unit, ECAP_PRS))
		return;
	answer->reason = locate(unit, &walk, &pasid);
	if (answer->reason != 0) {
		mu_report_fault(unit, &walk, answer->reason);
		respond(unit, &walk, RESPONSE_INVALID_REQUEST);
		return;
	}
	if (mu_fixed_get(unit, REG_PRS) & FIELD_MASK(PRS_PRO)) {
		respond(unit, &walk, RESPONSE_SUCCESS);
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
