/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/forget.h"

#include "iommu/unit/invalidate.h"

static enum status forget_iotlb(struct stage *stage, const struct step *step,
				enum invalidate_granularity granularity)
{
	const struct caps *caps = &stage->unit->caps;
	const unsigned int most = caps_max_address_mask(caps);
	const unsigned int mask = step->address_mask < most ? step->address_mask : most;
	const uint64_t block = (UINT64_C(1) << (12 + mask)) - 1;
	const struct iotlb_invalidation what = {
		.granularity = granularity,
		.did = (uint16_t)(stage->did - step->is_neighbour),
		.address = iova(granularity == GRANULARITY_SPECIFIC ? stage->window.value & ~block
								    : 0),
		.address_mask = (uint8_t)(granularity == GRANULARITY_SPECIFIC ? mask : 0),
		.leaf_only = granularity == GRANULARITY_SPECIFIC && step->leaf_only,
	};

	if (granularity == GRANULARITY_SPECIFIC && !caps_has(caps, CAPABILITY_PSI))
		return STATUS_OK;
	return invalidate_iotlb(stage->unit, what);
}

static enum status forget_context(struct stage *stage, const struct step *step,
				  enum invalidate_granularity granularity)
{
	const struct context_invalidation what = {
		.granularity = granularity,
		.did = (uint16_t)(granularity == GRANULARITY_GLOBAL
					  ? 0
					  : stage->did - step->is_neighbour),
		.sid = (uint16_t)(granularity == GRANULARITY_SPECIFIC
					  ? stage->agent->sid ^ step->is_neighbour
					  : 0),
	};

	return invalidate_context_cache(stage->unit, what);
}

static enum status forget_pasid(struct stage *stage, const struct step *step,
				unsigned int granularity, bool is_iotlb)
{
	const bool is_page = is_iotlb && granularity == PIOTLB_PAGES;
	const unsigned int mask = is_page ? step->address_mask : 0;
	const uint64_t block = (UINT64_C(1) << (12 + mask)) - 1;
	const uint32_t pasid = stage->scene.pasid ? stage->scene.pasid : stage->scene.rid_pasid;
	const struct pasid_invalidation what = {
		.granularity = (uint8_t)granularity,
		.did = (uint16_t)(!is_iotlb && granularity == PC_GLOBAL
					  ? 0
					  : stage->did - step->is_neighbour),
		.pasid = is_iotlb || granularity == PC_PASID ? pasid : 0,
		.address = iova(is_page ? stage->window.value & ~block : 0),
		.address_mask = (uint8_t)mask,
		.leaf_only = is_page && step->leaf_only,
	};

	if (stage->scene.mode != SCENE_SCALABLE)
		return STATUS_OK;
	return is_iotlb ? invalidate_pasid_iotlb(stage->unit, what)
			: invalidate_pasid_cache(stage->unit, what);
}

enum status forget(struct stage *stage, const struct step *step)
{
	switch (step->what) {
	case FORGET_ALL:
		return invalidate_all(stage->unit);
	case FORGET_CONTEXTS:
		return forget_context(stage, step, GRANULARITY_GLOBAL);
	case FORGET_CONTEXTS_OF_DOMAIN:
		return forget_context(stage, step, GRANULARITY_DOMAIN);
	case FORGET_CONTEXT:
		return forget_context(stage, step, GRANULARITY_SPECIFIC);
	case FORGET_PASIDS:
		return forget_pasid(stage, step, PC_GLOBAL, false);
	case FORGET_PASIDS_OF_DOMAIN:
		return forget_pasid(stage, step, PC_DOMAIN, false);
	case FORGET_PASID:
		return forget_pasid(stage, step, PC_PASID, false);
	case FORGET_PAGES:
		return forget_iotlb(stage, step, GRANULARITY_GLOBAL);
	case FORGET_PAGES_OF_DOMAIN:
		return forget_iotlb(stage, step, GRANULARITY_DOMAIN);
	case FORGET_PAGE:
		return forget_iotlb(stage, step, GRANULARITY_SPECIFIC);
	case FORGET_PAGES_OF_PASID:
		return forget_pasid(stage, step, PIOTLB_PASID, true);
	case FORGET_PAGE_OF_PASID:
		return forget_pasid(stage, step, PIOTLB_PAGES, true);
	case INVALIDATIONS:
		break;
	}
	return STATUS_OK;
}
