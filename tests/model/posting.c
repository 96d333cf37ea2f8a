/* SPDX-License-Identifier: MIT */
/*
 * "Interrupt Posting": a request whose entry has IM = 1 is noted in a descriptor in memory, and somebody
 * is notified of it once.
 */
#include "tests/model/internal.h"

static uint64_t descriptor_address(const uint64_t *irte)
{
	return field_get(irte, IRTE_PDAH) << 32 | field_get(irte, IRTE_PDAL) << 6;
}

bool mu_is_invalid_posted(const struct model_unit *unit, const uint64_t *irte)
{
	uint64_t low = FIELD_MASK(IRTE_P) | FIELD_MASK(IRTE_FPD) | FIELD_MASK(IRTE_AVAIL) |
		       FIELD_MASK(IRTE_URG) | FIELD_MASK(IRTE_IM) | FIELD_MASK(IRTE_VV) |
		       FIELD_MASK(IRTE_PDAL);
	uint64_t high = FIELD_MASK(IRTE_SID) | FIELD_MASK(IRTE_SQ) | FIELD_MASK(IRTE_SVT) |
			FIELD_MASK(IRTE_PDAH);

	return irte[0] & ~low || irte[1] & ~high ||
	       descriptor_address(irte) & beyond_host_width(unit);
}

static bool is_invalid_descriptor(const struct model_unit *unit, const uint64_t *pid)
{
	bool extended = reg_get(unit->irta, IRTA_EIME) != 0;
	uint64_t used = FIELD_MASK(PID_ON) | FIELD_MASK(PID_SN) | FIELD_MASK(PID_NV) |
			(extended ? FIELD_MASK(PID_NDST) : FIELD_MASK(PID_NDST_XAPIC));

	if (defect(unit, PI_RESERVED_IGNORED))
		return false;
	return pid[4] & ~used || pid[5] || pid[6] || pid[7];
}

static void notify(struct model_unit *unit, const uint64_t *pid)
{
	uint64_t destination = reg_get(unit->irta, IRTA_EIME) ? field_get(pid, PID_NDST)
							      : field_get(pid, PID_NDST_XAPIC);

	mu_send_interrupt(unit, 0, reg_put(INTERRUPT_DATA_V, field_get(pid, PID_NV)),
			  (uint32_t)destination);
}

/* "Interrupt-Posting Hardware Operation" */
uint8_t mu_post_interrupt(struct model_unit *unit, const uint64_t *irte)
{
	uint64_t where = descriptor_address(irte), vector = field_get(irte, IRTE_VV);
	bool urgent = field_get(irte, IRTE_URG) != 0 && !defect(unit, PI_URGENT_IGNORED);
	struct posted_descriptor pid;
	bool notifies;

	if (!mu_fetch(unit, where, pid.q, sizeof(pid)))
		return MU_IR_POSTED_ACCESS;
	if (is_invalid_descriptor(unit, pid.q))
		return MU_IR_POSTED_RESERVED;
	pid.q[vector / 64] |= UINT64_C(1) << vector % 64;
	notifies = (!field_get(pid.q, PID_ON) || defect(unit, PI_NOTIFIES_AGAIN)) &&
		   (urgent || !field_get(pid.q, PID_SN) || defect(unit, PI_NOT_SUPPRESSED));
	if (notifies && !defect(unit, PI_ON_NOT_SET))
		field_set(pid.q, PID_ON, 1);
	if (!unit->host.write(unit->host.context, where, pid.q, sizeof(pid)))
		return MU_IR_POSTED_ACCESS;
	if (notifies)
		notify(unit, pid.q);
	return 0;
}
