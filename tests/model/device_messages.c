/* SPDX-License-Identifier: MIT */
/*
 * What descriptors of the invalidation queue make a unit send to devices: invalidations of their TLBs,
 * and answers to their page requests.
 */
#include "tests/model/internal.h"

static struct model_devtlb_request untagged_request(const uint64_t *q)
{
	return (struct model_devtlb_request){
		.sid = (uint16_t)field_get(q, INV_DEVTLB_SID),
		.size = field_get(q, INV_DEVTLB_S) != 0,
		.address = field_get_address(q, INV_DEVTLB_ADDR),
	};
}

static struct model_devtlb_request tagged_request(const uint64_t *q)
{
	return (struct model_devtlb_request){
		.sid = (uint16_t)field_get(q, INV_PDEVTLB_SID),
		.has_pasid = true,
		.pasid = (uint32_t)field_get(q, INV_PDEVTLB_PASID),
		.global = field_get(q, INV_PDEVTLB_GI) != 0,
		.size = field_get(q, INV_PDEVTLB_S) != 0,
		.address = field_get_address(q, INV_PDEVTLB_ADDR),
	};
}

/* "Handling of Device-TLB Invalidations": the message, and what comes back. */
void mu_ask_device(struct model_unit *unit, const uint64_t *q, enum descriptor_type type)
{
	struct model_devtlb_request request =
		type == INV_DEVTLB ? untagged_request(q) : tagged_request(q);
	enum model_devtlb_answer answer = MODEL_DEVTLB_DONE;

	if (defect(unit, DEVTLB_SID_BUS_LOST))
		request.sid = (uint16_t)sid_devfn(request.sid);
	if (defect(unit, DEVTLB_SIZE_LOST))
		request.size = false;
	if (defect(unit, DEVTLB_ADDRESS_32_BITS))
		request.address = (uint32_t)request.address;
	if (defect(unit, DEVTLB_PASID_LOST))
		request.has_pasid = false;
	if (defect(unit, DEVTLB_GLOBAL_LOST))
		request.global = false;
	if (unit->host.devtlb != NULL)
		answer = unit->host.devtlb(unit->host.context, &request);
	if (answer == MODEL_DEVTLB_BAD_COMPLETION)
		model_stray_completion(unit, request.sid);
	if (answer == MODEL_DEVTLB_TIMEOUT && !unit->devtlb_timed_out) {
		unit->devtlb_timed_out = true;
		unit->devtlb_timeout_sid = request.sid;
	}
}

/* "Page Group Response Descriptor" */
void mu_send_page_response(struct model_unit *unit, const uint64_t *q)
{
	struct model_page_response response = {
		.sid = (uint16_t)field_get(q, INV_PGRESP_RID),
		.has_pasid = field_get(q, INV_PGRESP_PP) != 0,
		.pasid = (uint32_t)field_get(q, INV_PGRESP_PASID),
		.group = (uint16_t)field_get(q, INV_PGRESP_PRGI),
		.code = (uint8_t)field_get(q, INV_PGRESP_RC),
		.by_software = true,
	};

	if (defect(unit, RESPONSE_CODE_LOST))
		response.code = RESPONSE_SUCCESS;
	if (defect(unit, RESPONSE_GROUP_8_BITS))
		response.group %= 256;
	if (defect(unit, RESPONSE_PASID_LOST))
		response.has_pasid = false;
	if (unit->host.page_response != NULL)
		unit->host.page_response(unit->host.context, &response);
}
