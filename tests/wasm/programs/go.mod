module callout.test/filter

go 1.24
