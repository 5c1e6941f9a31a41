mkdir -p dumps/deeper
touch dumps/.hidden
