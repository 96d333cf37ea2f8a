/* SPDX-License-Identifier: MIT */
/*
 * A SATA controller (AHCI) with a disk as a DMA agent. It gets a command list of ours and nothing else; the drive is told to
 * identify itself, to say whether it sleeps, and what every drive refuses: no sector is read or written, nothing is
 * set, and the port is left stopped.
 *
 * A write is what the drive says of itself. A read is the fetch of commands: a page begins with a table for each bit of
 * its mark, a command that is done or one that is refused. Before either, the controller fetches from its
 * mailbox; where that is blocked it says that it could not, or says nothing at all of the command.
 */
#pragma once

#include "tests/scenes/agent.h"

/*
 * Fills in the nth such controller found on any bus; nothing of it is written. False if there is none, or with
 * `complaint` set to why one that exists cannot be used.
 */
bool ahci_find(struct agent *agent, unsigned int nth, const char **complaint);
