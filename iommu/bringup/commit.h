/* SPDX-License-Identifier: MIT */
/*
 * A plan put into the registers of all units, and taken back whole if anything fails.
 *
 * The PASID allocator comes first. Registering it writes to the virtual command block only: a
 * PASID is allocated, judged and given back. No register of remapping (GCMD, RTADDR, IQA, FECTL
 * ...) of any unit is written before the allocator of every unit is registered and proven. A refused
 * plan writes nothing at all.
 */
#pragma once

#include "iommu/bringup/progress.h"

/*
 * Programs every unit: first all of them up to, and only then with translation on. Each step is
 * checked by status and read-back. False: refused or failed; translation is then as it was found
 * (a unit found translating is put back onto the root it had) or off, every register that can be
 * restored is, the allocator is unregistered, and result says where it failed. Not restorable:
 * recorded faults, which are cleared; GSTS.RTPS and IRTPS, which stay set; IQH and IQT of a queue
 * found on, which start again at 0. Where is_undone is false, tables and queues must stay in memory:
 * the unit named may still use them.
 *
 * True with result.has_pasids false where PASIDs were planned: it was only wanted, and a VMM offered PASIDs beyond
 * the platform's width. No allocator is registered then, and no PASID may be handed out.
 *
 * What no register tells: a unit found translating in the mode it is to have that does not latch the
 * new root. Only DMA shows that.
 */
bool bringup_commit(struct bringup *bringup);

/*
 * Ends a committed bring-up: every unit is brought to rest and the allocator unregistered, for
 * which no PASID may be live. False, with words in result, where a unit does not follow.
 */
bool bringup_release(struct bringup *bringup);
