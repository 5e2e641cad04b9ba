drop table answer_pieces, answers;
