/* SPDX-License-Identifier: MIT */
#include "tests/engine/agents.h"

#include "arch/print.h"
#include "arch/string.h"
#include "tests/engine/platform.h"
#include "tests/scenes/agents/ahci.h"
#include "tests/scenes/agents/edu.h"
#include "tests/scenes/agents/nvme.h"
#include "tests/scenes/agents/outside.h"
#include "tests/scenes/agents/testdev.h"
#include "tests/scenes/agents/xhci.h"

/*
 * In the order in which they are numbered. `find` fills in the nth of its kind; false if there is none, or
 * with `complaint` set to why one that exists cannot be used.
 */
static const struct agent_kind {
	const char *name;
	bool is_by_word; /* somebody may need it as it is: used only where agent= says so */
	bool (*find)(struct agent *agent, unsigned int nth, const char **complaint);
} kinds[] = {
	{ .name = "edu", .find = edu_find },
	{ .name = "iommu-testdev", .find = testdev_find },
	{ .name = "outside", .find = outside_find },
	{ .name = "nvme", .is_by_word = true, .find = nvme_find },
	{ .name = "xhci", .is_by_word = true, .find = xhci_find },
	{ .name = "ahci", .is_by_word = true, .find = ahci_find },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

bool agents_is_kind(const char *name)
{
	for (unsigned int i = 0; i < KINDS; i++)
		if (!strcmp(name, kinds[i].name))
			return true;
	return !strcmp(name, "all");
}

const char *agents_kinds(void)
{
	static char text[80];
	int used = print_to(text, sizeof(text), "all");

	for (unsigned int i = 0; i < KINDS; i++)
		used += print_to(text + used, sizeof(text) - (size_t)used, " %s", kinds[i].name);
	return text;
}

static void find_kind(const struct agent_kind *kind, void (*found)(struct agent *agent))
{
	struct agent agent;
	const char *complaint;

	for (unsigned int nth = 0; nth < AGENTS_MAX; nth++) {
		if (kind->find(&agent, nth, &complaint)) {
			found(&agent);
			continue;
		}
		if (!complaint)
			return;
		print("# note: %s number %u cannot be used: %s\n", kind->name, nth, complaint);
	}
}

static void offer(struct agent *agent)
{
	print("# note: %s %04x:%02x:%02x.%u would move data with agent=%s\n", agent->name,
	      agent->segment, agent->function >> 8, agent->function >> 3 & 0x1f,
	      agent->function & 7u, agent->name);
}

void agents_find(const struct options *options, void (*found)(struct agent *agent))
{
	for (unsigned int i = 0; i < KINDS; i++) {
		if (options->agent && strcmp(options->agent, "all") &&
		    strcmp(options->agent, kinds[i].name))
			continue;
		if (kinds[i].is_by_word && !options->agent)
			find_kind(&kinds[i], offer);
		else
			find_kind(&kinds[i], found);
	}
}

static bool can_do(const struct agent *agent, struct agent_job job)
{
	return agent_can(agent, job.features) &&
	       agent_fits(agent, job.offset, job.bytes, job.is_read);
}

struct agent *agents_choose(const struct unit *unit, struct agent_job job)
{
	struct agent *best = NULL;
	struct agent *agent;

	for (unsigned int nth = 0; (agent = platform_agent(unit, nth)); nth++)
		if (can_do(agent, job) &&
		    (!best || agent->limits.transfer_us < best->limits.transfer_us))
			best = agent;
	return best;
}

void agents_describe_lack(const struct unit *unit, struct agent_job job, char *text, size_t bytes)
{
	static const char *const abilities[AGENT_FEATURE_COUNT] = {
		"send requests with PASID",
		"send privileged requests",
		"send translation requests",
		"send page requests",
		"send atomic requests",
		"send requests from a bus that is not 0",
		"send requests from a devfn of 80h or more",
		"send zero-length reads",
		"send execute requests",
		"read and write bytes of our choice",
		"send interrupt requests",
		"tell what it read",
		"write without a fetch",
	};
	struct agent_job part = { 0 };

	for (unsigned int bit = 0; bit < AGENT_FEATURE_COUNT; bit++) {
		part.features |= job.features & 1u << bit;
		if (agents_choose(unit, part))
			continue;
		print_to(text, bytes, "no agent behind unit %u can %s", unit->index,
			 abilities[bit]);
		return;
	}
	print_to(text, bytes, "no agent behind unit %u can move %u bytes at %03x of a page",
		 unit->index, job.bytes, job.offset % 4096);
}

struct agent *agents_beside(const struct agent *agent)
{
	struct agent *other;

	for (unsigned int nth = 0; (other = platform_agent(agent->unit, nth)); nth++)
		if (other->sid != agent->sid)
			return other;
	return NULL;
}
