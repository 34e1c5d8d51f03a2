"""The instructor's class report, and the pages for each student, made from a results folder.

`data.ClassData.load(book)` reads the gradebook; each section is a module of its own with functions from
`ClassData` to frozen rows (`teach`, `suspects`, `waiting`, `changes`, `spread`, `progress`, `similar`);
`page.class_page` lays them out; `students.write_student` writes one student's files, `many.write_students` a whole
class's. The order of the sections is that of the page.
"""
