#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# An include against an arrow between rooms stops `make`, in every room; so does a file in no room.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use VM;

my $tree = tempdir(CLEANUP => 1);
system("git ls-files -z | xargs -0 cp --parents -t '$tree'") == 0 or die 'cannot copy the tree';

sub layers { my $said = `make -s -C '$tree' check-layers 2>&1`; return ($? >> 8, $said); }

# Each room, one of its files, and what that file may not know.
my @wrong = (
	['arch', 'arch/page.c', 'iommu/spec/regs.h'],
	['boot', 'boot/pvh.c', 'iommu/spec/regs.h'],
	['iommu/spec', 'iommu/spec/caps.c', 'arch/page.h'],
	['iommu/dmar', 'iommu/dmar/dmar.c', 'iommu/spec/regs.h'],
	['iommu/unit', 'iommu/unit/unit.c', 'iommu/structures/entry.h'],
	['iommu/structures', 'iommu/structures/context.c', 'iommu/vcmd/vcmd.h'],
	['iommu/vcmd', 'iommu/vcmd/vcmd.c', 'iommu/structures/entry.h'],
	['iommu/bringup', 'iommu/bringup/plan.c', 'tests/test.h'],
	['tests/model', 'tests/model/queue.c', 'arch/page.h'],
	['tests/units', 'tests/units/topology.c', 'tests/engine/tap.h'],
	['tests/scenes', 'tests/scenes/dma.c', 'tests/suites/suites.h'],
	['tests/engine', 'tests/engine/tap.c', 'tests/mixed/rig.h'],
	['tests/mixed', 'tests/mixed/rig.c', 'tests/suites/suites.h'],
	['tests/suites', 'tests/suites/suites.c', 'tests/host/check.h'],
	['tests/server', 'tests/server/proxy.c', 'arch/page.h'],
	['tests/host', 'tests/host/support.c', 'tests/engine/runner.h'],
);

my ($status, $said) = layers();
is($status, 0, 'the tree as it is keeps to its rooms') or diag $said;
my $n = 0; # compilers take both spellings
for (@wrong) {
	my ($room, $file, $include) = @$_;
	copy("$tree/$file", "$tree/kept") or die "$file: $!";
	open my $text, '>>', "$tree/$file" or die "$file: $!";
	print $text $n++ % 2 ? qq(#include "$include"\n) : qq(#  include <$include>\n);
	close $text;
	($status, $said) = layers();
	ok($status && $said =~ /\Q$file\E:.*\Q$include\E/ && $said =~ m{a file of \Q$room\E/ may},
		"$room may not include $include") or diag $said;
	copy("$tree/kept", "$tree/$file") or die "$file: $!";
}
open my $stray, '>', "$tree/iommu/stray.c" or die "stray: $!";
close $stray;
($status, $said) = layers();
ok($status && $said =~ m{iommu/stray\.c is in no room}, 'a file in no room is noticed') or diag $said;
done_testing;
