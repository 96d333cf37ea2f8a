#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# A machine without remapping hardware: its firmware has no DMAR table.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

my $run = boot(options => ['--iommu', 'none']);
ends_with($run, 3, 'NOTHING TESTED');
says($run, 'ACPI lists no DMAR table');
says($run, 'no unit was found');
done_testing();
