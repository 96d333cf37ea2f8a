/* SPDX-License-Identifier: MIT */
/*
 * Which devices of this machine can do DMA for us, and which of them a test takes: the cheapest that can
 * do the job.
 */
#pragma once

#include "arch/options.h"
#include "tests/scenes/agent.h"

/* What somebody wants of an agent: features, and the longest transfer with where it begins in a page. */
struct agent_job {
	unsigned int features;
	unsigned int offset;
	unsigned int bytes; /* 0: as many as any agent can */
	bool is_read;
};

/* Is that a value of agent=: the name of a kind, or "all"? And all of them, a space between two. */
bool agents_is_kind(const char *name);
const char *agents_kinds(void);

/*
 * Finds the devices of the kinds that the word agent= allows, in any number and on any bus, and hands out each.
 * Those that are of no use are told in a line with the reason.
 */
void agents_find(const struct options *options, void (*found)(struct agent *agent));

/* The cheapest agent behind the unit that can do that, the first of several; NULL if there is none. */
struct agent *agents_choose(const struct unit *unit, struct agent_job job);

/* What no agent behind the unit can do of it, in words; there is an agent, but none to be chosen. */
void agents_describe_lack(const struct unit *unit, struct agent_job job, char *text, size_t bytes);

/* Another agent behind the same unit, with another source-id; NULL if there is none. */
struct agent *agents_beside(const struct agent *agent);
