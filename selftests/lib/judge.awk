# judge.awk: reads one suite's TAP and prints a line a test; one more failure if the suite itself is broken.
#
# A line that starts with "#| " is part of a page that the suite wants to be seen.
#
# Variables: suite, at, status (of its command, or "died"), report (a file of kernel reports), took, tally
# (a file that gets "passed failed skipped").  Comment lines come out only before the test that failed.

function result(word, name)
{
	printf "%-4s %s@%s: %s\n", word, suite, at, name
}

function broken(why)
{
	result("FAIL", why)
	failed++
}

function show_comments(   i)
{
	for (i = comments > 40 ? comments - 40 : 0; i < comments; i++)
		print "#    " comment[i]
}

{ sub(/\r$/, "") }

/^(not )?ok( |$)/ {
	bad = /^not ok/
	name = $0
	sub(/^(not )?ok *[0-9]* *(- )?/, "", name)
	seen++
	if (name ~ /# *(SKIP|skip)/) {
		sub(/ *# *(SKIP|skip) */, " (", name)
		result("skip", name ")")
		skipped++
	} else if (bad && name ~ /# *(TODO|XFAIL)/) {
		result("skip", name)
		skipped++
	} else if (bad) {
		show_comments()
		result("FAIL", name)
		failed++
	} else {
		sub(/ *#.*/, "", name)
		result("ok", name)
		passed++
	}
	comments = 0
	next
}

/^1\.\.[0-9]+/ {
	plan = substr($1, 4) + 0
	planned = 1
	if (plan == 0 && /SKIP|skip/) {
		why = $0
		sub(/.*# *(SKIP|skip) */, "", why)
		result("skip", "all (" why ")")
		skipped++
	}
	next
}

/^(Bail out!|TAP version)/ && !/^TAP/ {
	broken($0)
	next
}

/^#\| ?/ {
	sub(/^#\| ?/, "     ")
	print
	next
}

{ comment[comments++] = $0 }

END {
	before = failed
	if (status == "died")
		broken("the guest died")
	else if (status == 124 || status == 137)
		broken("out of time")
	else if (!planned && !seen)
		broken("printed no test (exit status " status ")")
	else if (!planned)
		broken("printed no plan (exit status " status ")")
	else if (plan != seen)
		broken("planned " plan " tests, ran " seen + 0 " (exit status " status ")")
	else if (status != 0 && !failed)
		broken("exit status " status)
	if (failed > before)
		show_comments()
	if (report != "") {
		while ((getline line < report) > 0)
			print "#    " line
		broken("the kernel reported a fault")
	}
	printf "     %s@%s: %d passed, %d failed, %d skipped in %s s\n",
		suite, at, passed, failed, skipped, took
	print passed + 0, failed + 0, skipped + 0 >> tally
}
