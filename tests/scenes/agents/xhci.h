/* SPDX-License-Identifier: MIT */
/*
 * A USB host controller (xHCI) as a DMA agent. It gets a command ring and an event ring of ours and nothing else: no
 * port is written, no slot enabled, and it is left reset.
 *
 * A read is the fetch of commands: a page begins with some that either do nothing or are none, and whether each
 * succeeds is a bit of the page's mark. A write is the event that tells of a command: 16 bytes, to where the segment
 * table says that the event ring begins. Before either, the controller fetches that table from its mailbox; where that is
 * blocked it gives up (USBSTS.HSE or HCE), and is reset before it is used again.
 */
#pragma once

#include "tests/scenes/agent.h"

/*
 * Fills in the nth such controller found on any bus; nothing of it is written. False if there is none, or with
 * `complaint` set to why one that exists cannot be used.
 */
bool xhci_find(struct agent *agent, unsigned int nth, const char **complaint);
