/* SPDX-License-Identifier: MIT */
/*
 * "Global Command Register" and "Global Status Register". The book wants one command per write;
 * what it leaves undefined is carried out bit by bit, and complained about.
 */
#include "tests/model/internal.h"

#define TES   mask32(GSTS_TES)
#define RTPS  mask32(GSTS_RTPS)
#define QIES  mask32(GSTS_QIES)
#define IRES  mask32(GSTS_IRES)
#define IRTPS mask32(GSTS_IRTPS)
#define CFIS  mask32(GSTS_CFIS)
#define WBFS  mask32(GSTS_WBFS)

/* The level bits: the command bit says what the status bit shall become. */
#define LEVEL	 (TES | QIES | IRES | CFIS)
#define ONE_SHOT (RTPS | IRTPS | WBFS)

/* "Set Root Table Pointer Operation" */
void mu_take_root_pointer(struct model_unit *unit)
{
	uint64_t rtaddr = mu_fixed_get64(unit, REG_RTADDR);

	mu_watch_root_pointer(unit, rtaddr);
	if (!defect(unit, ROOT_NOT_LATCHED))
		unit->root = rtaddr & FIELD_MASK(RTADDR_RTA);
	if (!defect(unit, TTM_NOT_LATCHED))
		unit->ttm = (uint8_t)reg_get(rtaddr, RTADDR_TTM);
	unit->io_bits = reg_get(rtaddr, RTADDR_SSIRWE) != 0;
	if (!cap(unit, CAP_ESRTPS) || defect(unit, SRTP_KEEPS_CACHES))
		return;
	if (defect(unit, SRTP_KEEPS_CONTEXTS))
		mu_invalidate_iotlb(unit, GRANULARITY_GLOBAL, &(struct mu_page_range){ 0 });
	else
		mu_invalidate_all(unit);
}

static void set_root_pointer(struct model_unit *unit)
{
	unit->gsts &= ~RTPS;
	if (unit->config.misbehaviour.srtp_never_completes)
		return;
	mu_take_root_pointer(unit);
	unit->gsts |= RTPS;
	unit->has_lapsed = defect(unit, SRTP_LAPSES);
	if (defect(unit, SRTP_STOPS_TRANSLATION))
		unit->gsts &= ~TES;
}

/* "Set Interrupt Remapping Table Pointer Operation" */
static void set_interrupt_pointer(struct model_unit *unit)
{
	unit->irta = mu_fixed_get64(unit, REG_IRTA);
	if (cap(unit, CAP_ESIRTPS) && !defect(unit, IEC_KEPT_BY_SIRTP))
		mu_invalidate_interrupts(unit, true, 0, 0);
	unit->gsts |= IRTPS;
}

static void set_translation(struct model_unit *unit, bool enable)
{
	unit->gsts = (unit->gsts & ~TES) | (enable ? TES : 0);
	if (enable && defect(unit, TE_LATCHES_ROOT))
		mu_take_root_pointer(unit);
	mu_watch_translation(unit, enable);
	/* "as part of Translation Disable operation" */
	if (!enable && ecap(unit, ECAP_SMTS) && !defect(unit, TE_OFF_KEEPS_CACHES))
		mu_invalidate_all(unit);
}

static void set_interrupt_remapping(struct model_unit *unit, bool enable)
{
	unit->gsts = (unit->gsts & ~IRES) | (enable ? IRES : 0);
	unit->still_remaps = !enable && defect(unit, IRE_OFF_STILL_REMAPS);
	/* "as part of Interrupt Remapping Disable operation" */
	if (!enable && cap(unit, CAP_ESIRTPS))
		mu_invalidate_interrupts(unit, true, 0, 0);
}

/* The command bits that this unit has: others are RsvdZ. */
static uint32_t known_commands(const struct model_unit *unit)
{
	uint32_t known = TES | RTPS;

	if (cap(unit, CAP_RWBF))
		known |= WBFS;
	if (ecap(unit, ECAP_QI))
		known |= QIES;
	if (ecap(unit, ECAP_IR))
		known |= IRES | IRTPS | CFIS;
	return known;
}

void mu_global_command(struct model_unit *unit, uint32_t command)
{
	uint32_t before = unit->gsts;
	uint32_t known = known_commands(unit);
	uint32_t changed = (command ^ before) & LEVEL & known;
	uint32_t shots = command & ONE_SHOT & known;

	if (unit->config.misbehaviour.gsts_never_follows)
		return;
	mu_watch_commands(unit, changed | shots);
	if (defect(unit, RTPS_DROPS) && changed)
		unit->gsts &= ~RTPS;

	if (shots & RTPS)
		set_root_pointer(unit);
	if (shots & IRTPS)
		set_interrupt_pointer(unit);
	if (changed & TES)
		set_translation(unit, (command & TES) != 0);
	if (changed & IRES)
		set_interrupt_remapping(unit, (command & IRES) != 0);
	if (changed & CFIS)
		unit->gsts ^= CFIS;
	if (changed & QIES)
		mu_queue_enable(unit, (command & QIES) != 0);

	if (!(unit->gsts & (TES | IRES)))
		mu_fault_index_reset(unit);
	/* While a command runs, RTPS and IRTPS are 0 and WBFS is 1. */
	unit->gsts_shown = (before & ~shots) | (shots & WBFS);
	unit->gsts_countdown = changed | shots ? unit->config.gsts_delay_reads : 0;
}

uint32_t mu_global_status(struct model_unit *unit)
{
	uint32_t status = unit->gsts;

	unit->has_lapsed = false;
	if (unit->gsts_countdown != 0) {
		unit->gsts_countdown--;
		return unit->gsts_shown;
	}
	if (defect(unit, TES_NEVER_SHOWS))
		status &= ~TES;
	if (defect(unit, RTPS_NEVER_SHOWS))
		status &= ~RTPS;
	if (defect(unit, QIES_NEVER_SHOWS))
		status &= ~QIES;
	return status;
}
